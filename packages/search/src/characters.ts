/**
 * What a character is to the search. These tables are the one place that says so. They are written out, and not taken from the
 * Unicode tables of Node, because an upgrade must not change what words are.
 *
 * Every character is one of:
 * - a letter: whatever the other tables do not name, so letters, digits and marks of all scripts, even future ones;
 * - a letter of a script that puts no blanks between words ({@link UNSPACED});
 * - a joiner ({@link JOINERS}), which belongs to a word where it stands between or beside its letters;
 * - ignored ({@link IGNORED}): as though it were not there;
 * - a separator ({@link SEPARATORS}).
 */

/**
 * Punctuation, symbols, blanks, controls and private use: the general categories P, S, Z, Cc, Cf and Co of Unicode 17 as far as
 * they outlive the normalisation, without those of historic scripts. Hexadecimal code points and ranges. The joiners are
 * among them.
 */
const SEPARATORS =
  '1-2f 3a-40 5b-60 7b-bf d7 f7 2b9-2eb 2ed 2ef-2ff 375 3f6 482 55a-55f 589-590 5be 5c0 5c3 5c6 5f3-5f4 600-60f 61b 61d-61f ' +
  '66a-66d 6d4 6dd-6de 6e9 6fd-6fe 700-70f 7f6-7f9 7fe-7ff 830-83e 85e 888 890-891 8e2 964-965 970 9f2-9f3 9fa-9fb 9fd a76 ' +
  'af0-af1 b70 bf3-bfa c77 c7f c84 d4f d79 df4 e3f e4f e5a-e5b f01-f17 f1a-f1f f34 f36 f38 f3a-f3d f85 fbe-fc5 fc7-fda ' +
  '104a-104f 109e-109f 10fb 1360-1368 1390-1399 1400 166d-166e 1680 169b-169c 16eb-16ed 1735-1736 17d4-17d6 17d8-17db ' +
  '1800-180a 1940-1945 19de-19ff 1a1e-1a1f 1aa0-1aa6 1aa8-1aad 1b4e-1b4f 1b5a-1b6a 1b74-1b7f 1bfc-1bff 1c3b-1c3f 1c7e-1c7f ' +
  '1cc0-1cc7 1cd3 2000-200b 2010-2029 202f-205f 20a0-20cf 2104-214d 214f 218a-2429 2440-244a 2500-2775 2794-2bff 2ce5-2cea ' +
  '2cf9-2cfc 2cfe-2cff 2d70 2e00-2e2e 2e30-2e5d 2e80-2ef2 2ff0-3004 3008-3020 3030 3037 303d-303f 30a0 30fb 3190-3191 ' +
  '31c0-31e5 31ef 327f 4dc0-4dff a490-a4c6 a4fe-a4ff a60d-a60f a673 a67e a6f2-a716 a720-a721 a789-a78a a828-a82b a836-a839 ' +
  'a874-a877 a8ce-a8cf a8f8-a8fa a8fc a92e-a92f a95f a9c1-a9cd a9de-a9df aa5c-aa5f aa77-aa79 aade-aadf aaf0-aaf1 ab5b ' +
  'ab6a-ab6b abeb e000-f8ff fbb2-fdcf fdfd-fdff fe45-fe46 fff9-fffd 1cc00-1cef0 1cf50-1cfc3 1d000-1d15d 1d16a-1d16c ' +
  '1d173-1d17a 1d183-1d184 1d18c-1d1a9 1d1ae-1d241 1d245 1d300-1d356 1d800-1d9ff 1f000-1fbfa e0001-e007f f0000-10fffd';

/**
 * Soft hyphens, joiners without width, marks of the writing direction, variation selectors, and marks that can be left out:
 * the points of Hebrew and Arabic, tatweel, and combining accents that no letter has taken up.
 */
const IGNORED =
  'ad 300-36f 591-5bd 5bf 5c1-5c2 5c4-5c5 5c7 610-61a 61c 640 64b-65f 670 6d6-6dc 6df-6e4 6e7-6e8 6ea-6ed 180b-180f ' +
  '200c-200f 202a-202e 2060-206f 20d0-20ff fe00-fe0f feff e0100-e01ef';

/** Thai, Lao, Tibetan, Myanmar, Khmer, kana, bopomofo, hangul and han: a word's borders cannot be seen. */
const UNSPACED =
  'e00-e7f e80-eff f00-fff 1000-109f 1780-17ff 3005-3007 3021-3029 3031-3035 3038-303c 3040-312f 3130-318f 31a0-31bf ' +
  '31f0-31ff 3400-4dbf 4e00-9fff ac00-d7a3 f900-faff 1aff0-1b16f 20000-3ffff';

/** What people type for an apostrophe, accents that stand alone and letters that look like one included. */
export const APOSTROPHES = fromHex('60 b4 2b9 2bb 2bc 2bd 2be 2bf 2c8 2018 2019 201b 2032 2035 55a 5f3 a78b a78c ff07');

/** Hyphens, minus signs and the en dash, which word processors make of a hyphen. */
export const HYPHENS = fromHex('5be 2010 2011 2012 2013 2043 2212 fe63 ff0d');

/**
 * Become a blank before the normalisation, which would make letters of them (`Acme™` must not become `acmetm`) or a hyphen (the
 * long dashes): the signs of copyright and trademarks, currencies, dashes.
 */
export const BLANKED = fromHex('a9 ae 2014 2015 fe58 2117 2118 211e 2120 2122 20a0 20a2 20a3 20a4 20a7 20a8 20b9 20ba');

/** `.` and `'` and `_` glue, `-` hyphenates, `+` and `#` end a name such as C++, `@` makes an address. */
export const JOINERS = ".'_+#@-";

/** The inside of a class of a regular expression with the flag `u`. */
export const inClass = {
  /** No letters, of any script. */
  others: inClassOf(`${SEPARATORS} ${IGNORED}`),
  ignored: inClassOf(IGNORED),
  unspaced: inClassOf(UNSPACED),
  /** The separators without the joiners and the blank. */
  breaks: inClassOf(SEPARATORS.replace('1-2f 3a-40 5b-60', '1-1f 21-22 24-26 28-2a 2c 2f 3a-3f 5b-5e 60')),
};

function fromHex(codePoints: string): string {
  return String.fromCodePoint(...codePoints.split(' ').map((hex) => Number.parseInt(hex, 16)));
}

function inClassOf(ranges: string): string {
  return ranges.replaceAll(/[0-9a-f]+/g, String.raw`\u{$&}`).replaceAll(' ', '');
}
