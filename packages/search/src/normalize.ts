import { APOSTROPHES, BLANKED, HYPHENS, inClass } from './characters.js';

/**
 * Letters that no decomposition of Unicode takes apart, and what they are compared as: ligatures, letters with strokes and hooks,
 * small capitals. The same as in Postgres' dictionary `unaccent`.
 */
const LOOKALIKES = new Map(
  `aⱥᴀᶏ bƀƃɓʙᴃᵬᶀ cƈȼɕᴄꞓ dðđƌȡɖɗᴅᴆᵭᶁᶑꝱꝺ eɇɛᴇᶒᶓⱸ fƒᵮᶂꜰꝼ gǥɠɡɢʛᶃꞡ hħɦɧʜⱨ iɨɪᵻᶖ jȷɉɟʝᴊ kƙᴋᶄⱪꝁꝃꝅꞣ lłƚȴɫɬɭʟᴌᶅⱡꝇꝉꝲ
   mɱᴍᵯᶆꝳ nŋƞȵɲɳɴᵰᶇꝴꞑꞥ oøᴏⱺꝋꝍ pƥᴘᵱᵽᶈꝑꝓꝕ qĸʠꝗꝙ rɍɼɽɾʀᵲᵳᶉꝵꝶꞧ sȿʂᵴᶊẜẝꜱꞩ tŧƫƭȶʈᴛᵵⱦꝷꞇ uʉᴜᵾᶙ vʋᴠᶌỽⱱⱴꝟ wᴡⱳ xᶍ yƴɏʏỿ zƶȥɀʐʑᴢᵶᶎⱬ
   aaꜳ aeæᴁ aoꜵ auꜷ avꜹꜻ ayꜽ dbȸ dzʣʥ hvƕ llỻ lsʪ lzʫ oeœɶ oiƣ ooꝏ qpȹ ssß thþᵺꝥꝧ tsʦ ueᵫ vyꝡ σς её`
    .split(/\s+/)
    .flatMap((entry) => {
      const [, base, lookalikes] = /^([a-z]+|.)(.+)$/u.exec(entry)!;
      return [...lookalikes!].map((letter) => [letter, base!]);
    }),
);

/**
 * Arabic letters that are often typed as simpler ones: alef with hamza or madda, hamza itself, alef maksura, ta marbuta, and the yeh and kaf of
 * Persian keyboards.
 */
const ARABIC = new Map([
  ['\u0622', '\u0627M'],
  ['\u0623', '\u0627A'],
  ['\u0625', '\u0627B'],
  ['\u0671', '\u0627W'],
  ['\u0624', '\u0648A'],
  ['\u0626', '\u064aA'],
  ['\u0649', '\u064aM'],
  ['\u06cc', '\u064aF'],
  ['\u0629', '\u0647M'],
  ['\u06a9', '\u0643F'],
  ['\u0621', '\u0621D'],
]);
const OTHERWISE = new Map([...ARABIC].map(([letter, marked]) => [marked, letter]));

const PLAIN = /^[\0-\x7f]*$/;
const anyOf = (characters: string): RegExp => new RegExp(`[${characters}]`, 'gu');
const apostrophes = anyOf(APOSTROPHES);
const hyphens = anyOf(HYPHENS);
const blanked = anyOf(BLANKED);
const ignored = anyOf(inClass.ignored);
const lookalikes = anyOf([...LOOKALIKES.keys()].join(''));
const unspaced = new RegExp(`[${inClass.unspaced}]+`, 'gu');
/** More marks on a letter than any language puts there (UAX #15, Stream-Safe Text Format): to sort them takes quadratic time. */
const excess = /(\p{M}{30})\p{M}+/gu;
/** Of Latin and Greek letters alone: in other scripts what is written as a mark may well make another letter, as in й. */
const accents = /([\p{Script=Latin}\p{Script=Greek}])[\u0300-\u036f]+/gu;
const umlauts = /([aou])\u0308/gu;
/** A hamza that is a letter by itself is left out behind another letter. */
const arabic = /[\u0622-\u0626\u0629\u0649\u0671\u06a9\u06cc]|(?<=[\u0620-\u064a])\u0621/gu;
/** Two dots in a row end a sentence, and so does one before a blank. */
const breaks = new RegExp(String.raw`[${inClass.breaks}]|\.\.+|\.(?=[ ${inClass.breaks}]|$)`, 'gu');

/**
 * Text as it is compared: without case, accents, and differences of width or composition (NFKC, then what Postgres' `unaccent`
 * takes away), one kind of apostrophe and hyphen, a blank for what separates words. Characters of scripts without blanks stand
 * apart from others.
 *
 * A letter that people write in two ways has a capital behind it, a mark: `aE` is `ä`, which may be written `a` or `ae`. What a word
 * with marks stands for is what {@link spellingsOf} says; nothing else has capitals.
 *
 * What is stored was normalised with the Unicode tables of its day's Node. An upgrade can add letters to them; texts with such a
 * letter are found by it again when they have been written anew.
 */
export const normalize = (text: string): string => (PLAIN.test(text) ? plain(text) : folded(text)).replace(breaks, ' ');

/** At most so many units of UTF-16 of a text, and no half of a pair. */
export const beginningOf = (text: string, length: number): string =>
  text.length > length ? text.slice(0, length).replace(/[\ud800-\udbff]$/, '') : text;

const MARKED = /[A-Z]/;

/** Whether a normalised text has words with several spellings. */
export const isMarked = (normalized: string): boolean => MARKED.test(normalized);

/**
 * How a normalised word may be written: `muller` and `mueller` for `Müller`; without hamza and with it. A row is found by both, and a
 * query looks for both.
 */
export const spellingsOf = (word: string): readonly string[] =>
  isMarked(word)
    ? [withoutMarks(word), word.replaceAll('E', 'e').replaceAll(/.[A-Z]/gu, (pair) => OTHERWISE.get(pair)!)]
    : [word];

/** The shorter spelling of every word. */
export const withoutMarks = (normalized: string): string => normalized.replaceAll(/\u0621D|[A-Z]/gu, '');

const plain = (text: string): string => text.toLowerCase().replaceAll('`', "'");

function folded(text: string): string {
  const signs = text.replace(excess, '$1').replace(apostrophes, "'").replace(hyphens, '-').replace(blanked, ' ');
  // There and back: some small letters are the same only in capitals.
  const small = signs.normalize('NFKC').toUpperCase().toLowerCase();
  const bare = small.normalize('NFD').replace(umlauts, '$1E').replace(accents, '$1').normalize('NFC');
  return bare
    .replace(lookalikes, (letter) => LOOKALIKES.get(letter)!)
    .replace(ignored, '')
    .replace(arabic, (letter) => ARABIC.get(letter)!)
    .replace(unspaced, ' $& ');
}
