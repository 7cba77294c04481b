import fc from 'fast-check';

const pieces = [
  `AND OR NOT - ( ) " * : . ' + # @ _ / | ! & \\ % $1 :q <-> title: name: state:OR foo: a b java C++ .NET node.js full-stack`,
  `o'brien 3.5 jane@example.com http:// \u5de5 \u5de5\u7a0b \u00e9 e\u0301 \u0301 \u2122 \u200d \u201c \u2013 \u001f \u0001`,
  `\u0000 \ud800 \u{1f600} \u{20000} \ufdfa \u00bd`,
]
  .flatMap((line) => line.split(' '))
  .concat(' ', ' ', ' ');

/** What looks like a query but mostly is none, and what looks like nothing at all. */
export const brokenQuery = fc.oneof(
  { weight: 6, arbitrary: fc.array(fc.constantFrom(...pieces), { maxLength: 40 }).map((parts) => parts.join('')) },
  { weight: 3, arbitrary: fc.array(fc.constantFrom(...pieces), { maxLength: 20 }).map((parts) => parts.join(' ')) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 1_200 }) },
);
