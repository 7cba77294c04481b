import { describe, expect, it } from '@jest/globals';
import { CANDIDATE_FIELDS } from '../src/candidate-fields.js';
import { parseSearch } from '../src/parser.js';
import { SearchError } from '../src/search-error.js';
import { show } from './show.js';

/** What a string means, or the code and the offset of its refusal, and words that the advice has in it. */
type Row =
  | readonly [query: string, meaning: string]
  | readonly [query: string, code: string, offset: number, advice: string];

function read(query: string): unknown {
  try {
    return show(parseSearch(query, CANDIDATE_FIELDS));
  } catch (error) {
    if (!(error instanceof SearchError)) throw error;
    return [error.code, error.offset, error.message];
  }
}

const DIALECTS: Record<string, Row[]> = {
  LinkedIn: [
    ['"product manager" AND (SaaS OR B2B) NOT intern', 'all("product manager" any(SaaS B2B) not(intern))'],
    ['title:"software engineer" company:acme', 'all(title:"software engineer" company:acme)'],
    ['java and python', 'all(java python)'],
    ['java or python', 'any(java python)'],
    ['Java Or Python', 'any(Java Python)'],
    ['java not python', 'ambiguous_operator', 5, 'write NOT in capitals'],
    ['java Not python', 'ambiguous_operator', 5, 'put it in quotes'],
    ['java and not python', 'all(java not(python))'],
    ['not for profit', 'ambiguous_operator', 0, 'may be a word'],
    ['"not for profit"', '"not for profit"'],
    ['research and development', 'all(research development)'],
    ['firstname:jane', 'unknown_field', 0, 'first_name'],
  ],
  'Boolean sheets': [
    [
      '(java OR kotlin) AND (spring OR "spring boot") AND -junior',
      'all(any(java kotlin) any(spring "spring boot") not(junior))',
    ],
    ['java AND NOT (junior OR intern)', 'all(java not(any(junior intern)))'],
    ['java && spring', 'all(java spring)'],
    ['Procter & Gamble', 'all(Procter Gamble)'],
    ['R&D AT&T', 'all(R&D AT&T)'],
    ['java&&spring', 'unsupported_operator', 4, 'AND between blanks'],
    ['java || spring', 'unsupported_operator', 5, 'write OR'],
    ['java and/or spring', 'unsupported_operator', 5, 'write OR'],
    ['java, spring, kafka', 'all(java spring kafka)'],
    ['java,spring;kafka', 'all(java spring kafka)'],
    ['salary 1,000', 'all(salary 1,000)'],
    ['nurs* NOT assistant', 'all(nurs* not(assistant))'],
    ['java AND', 'dangling_operator', 5, 'nothing to apply it to'],
    ["'java developer' berlin", 'unsupported_operator', 0, 'double quotes'],
    ["'java' berlin", "all('java' berlin)"],
    ["o'brien d'angelo", "all(o'brien d'angelo)"],
    ["'t Hooft", "all('t Hooft)"],
  ],
  'Google X-ray': [
    ['site:linkedin.com/in "data engineer"', 'unknown_field', 0, 'allowed: name, title'],
    ['intitle:resume java', 'unknown_field', 0, 'put it in quotes'],
    ['java AROUND(3) python', 'unsupported_operator', 5, 'double quotes'],
    ['"data * engineer"', 'misplaced_wildcard', 6, 'outside of quotes'],
    ['java 2015..2020', 'unsupported_operator', 9, 'no ranges'],
    ['~developer', 'unsupported_operator', 0, 'as they are written'],
    ['+java python', 'unsupported_operator', 0, 'leave the plus out'],
    ['https://www.linkedin.com/in/jane?trk=a,b', 'https://www.linkedin.com/in/jane?trk=a,b'],
    ['linkedin.com/in/jane%C3%A9', 'linkedin.com/in/jane%C3%A9'],
    ['java -site:x', 'unknown_field', 6, 'has no field "site"'],
    ['java | python', 'unsupported_operator', 5, 'write OR'],
    ['java | python -perl'.replace(' | ', ' OR '), 'any(java all(python not(perl)))'],
  ],
  Bullhorn: [
    ['"java developer"~3', 'unsupported_operator', 16, '"~"'],
    ['java NEAR spring', 'unsupported_operator', 5, 'double quotes'],
    ['java near spring', 'all(java near spring)'],
    ['java w/5 spring', 'unsupported_operator', 5, 'double quotes'],
    ['current_title:nurse', 'title:nurse'],
    ['skills:java tags:top last_name:smith', 'all(skill:java tag:top last_name:smith)'],
    ['country:DE source:referral', 'all(country:DE source:referral)'],
    ['phone:+49-221-123456', 'phone:+49-221-123456'],
    ['phone:(555) 123-4567', 'incomplete_number', 6, 'phone:"…"'],
    ['phone:"(555) 123-4567"', 'phone:"(555) 123-4567"'],
    ['phone:555', 'incomplete_number', 6, 'digits'],
    ['phone:5551*', 'misplaced_wildcard', 6, 'by their end'],
    ['phone:jane', 'incomplete_number', 6, 'digits'],
  ],
  Greenhouse: [
    ['status:active java', 'unknown_field', 0, 'status=…'],
    ['external_id:GH-12345', 'external_id:GH-12345'],
    ['linkedin_url:https://linkedin.com/in/jane', 'link:https://linkedin.com/in/jane'],
    ['external_id:crm:42', 'nested_field', 12, 'quotes'],
    ['jane@example.com', 'jane@example.com'],
    ['Jane <jane@example.com>', 'all(Jane <jane@example.com>)'],
    ['Smith, Jane', 'all(Smith Jane)'],
  ],
  Elasticsearch: [
    ['title:java~', 'unsupported_operator', 10, 'as they are written'],
    ['jav?', 'unsupported_operator', 3, 'word*'],
    ['java^4 python', 'unsupported_operator', 4, 'no word counts more'],
    ['title:"java dev"^2', 'unsupported_operator', 16, 'no word counts more'],
    ['created_at:[2020 TO 2021]', 'unknown_field', 0, 'beside q'],
    ['title:[a TO b]', 'unsupported_operator', 6, 'no ranges'],
    ['title:{a TO b}', 'unsupported_operator', 6, 'no ranges'],
    ['/joh?n(ath)/', 'unsupported_operator', 4, '"?"'],
    ['/java/', 'unsupported_operator', 0, 'no patterns'],
    ['C\\+\\+', 'unsupported_operator', 1, 'nothing has to be escaped'],
    ['title:>5', 'unsupported_operator', 6, 'no ranges'],
    ['title:(java OR python)', 'any(title:java title:python)'],
    ['-java', 'only_negatives', 0, 'a filter beside q'],
  ],
  Solr: [
    ['+java +python', 'unsupported_operator', 0, 'required by itself'],
    ['+"java developer" -junior', 'unsupported_operator', 0, 'required by itself'],
    ['+(java python)', 'unsupported_operator', 0, 'required by itself'],
    ['{!edismax}java', 'unsupported_operator', 0, 'no ranges'],
    ['*:*', 'unknown_field', 0, 'has no field "*"'],
    ['java AND +1-555-123', 'all(java +1-555-123)'],
    ['title:+java', 'unsupported_operator', 6, 'leave the plus out'],
    ['ja*a', 'misplaced_wildcard', 2, 'end of a word'],
    ['C++ C# .NET', 'all(C++ C# .NET)'],
  ],
  'SQL LIKE': [
    ['%java%', 'unsupported_operator', 0, 'word*'],
    ["title='java'", 'unsupported_operator', 5, 'field:word'],
    ['title = java', 'unsupported_operator', 6, 'field:word'],
    ['title="java"', 'unsupported_operator', 5, 'field:word'],
    ['100% remote', 'all(100% remote)'],
    ['snake_case', 'snake_case'],
    ["name LIKE 'smith%'", 'unsupported_operator', 16, '"%"'],
    ['title<>lead', 'unsupported_operator', 5, 'write NOT'],
  ],
  German: [
    ['Entwickler*in Berlin', 'all(Entwickler*in Berlin)'],
    ['Entwickler:in', 'Entwickler:in'],
    ['title:Entwickler*innen', 'title:Entwickler*innen'],
    ['"Software-Entwickler*in"', '"Software-Entwickler*in"'],
    ['Kolleg*innen (m/w/d)', 'all(Kolleg*innen m/w/d)'],
    ['Engine*r', 'misplaced_wildcard', 6, 'end of a word'],
    ['location:in', 'unknown_field', 0, 'put it in quotes'],
    ['Entwickler*insel', 'misplaced_wildcard', 10, 'end of a word'],
    ['\u201eJava Entwickler\u201c \u2013Praktikant', 'all("Java Entwickler" not(Praktikant))'],
    ['Java UND Spring', 'unsupported_operator', 5, 'write AND'],
    ['Java ODER Spring', 'unsupported_operator', 5, 'write OR'],
    ['Java NICHT Praktikant', 'unsupported_operator', 5, 'write NOT'],
    ['Java und Spring', 'all(Java und Spring)'],
  ],
  'like GitHub': [
    ['language:go stars:>10', 'unknown_field', 0, 'has no field "language"'],
    ['stars 10..50', 'unsupported_operator', 8, 'no ranges'],
    ['#java @jane', 'all(#java @jane)'],
    ['java NOT python', 'all(java not(python))'],
    ['state:CA,NY', 'unsupported_operator', 8, 'state:(… OR …)'],
    ['city:Berlin, java', 'unsupported_operator', 11, 'a blank'],
    ['city:Berlin,', 'city:Berlin'],
    ['tag:"a b",c', 'unsupported_operator', 9, 'tag:(… OR …)'],
    ['jane/smith-dev', 'jane/smith-dev'],
  ],
};

describe.each(Object.entries(DIALECTS))('%s:', (_, rows) => {
  it.each(rows.map((row) => [row[0], row] as const))('%s', (_query, [query, meaning, offset, advice]) => {
    const expected = offset === undefined ? meaning : [meaning, offset, expect.stringContaining(advice!)];
    expect(read(query)).toEqual(expected);
  });
});

it('are a hundred strings and more', () => {
  expect(Object.keys(DIALECTS)).toHaveLength(10);
  expect(Object.values(DIALECTS).flat().length).toBeGreaterThanOrEqual(100);
});
