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
/** Two dots in a row end a sentence, and so does one before a blank. */
const breaks = new RegExp(String.raw`[${inClass.breaks}]|\.\.+|\.(?=[ ${inClass.breaks}]|$)`, 'gu');

/**
 * Text as it is compared: without case, accents, and differences of width or composition (NFKC, then what Postgres' `unaccent`
 * takes away), one kind of apostrophe and hyphen, a blank for what separates words. Characters of scripts without blanks stand
 * apart from others.
 *
 * What is stored was normalised with the Unicode tables of its day's Node. An upgrade can add letters to them; texts with such a
 * letter are found by it again when they have been written anew.
 */
export const normalize = (text: string): string => (PLAIN.test(text) ? plain(text) : folded(text)).replace(breaks, ' ');

/** At most so many units of UTF-16 of a text, and no half of a pair. */
export const beginningOf = (text: string, length: number): string =>
  text.length > length ? text.slice(0, length).replace(/[\ud800-\udbff]$/, '') : text;

const plain = (text: string): string => text.toLowerCase().replaceAll('`', "'");

function folded(text: string): string {
  const signs = text.replace(excess, '$1').replace(apostrophes, "'").replace(hyphens, '-').replace(blanked, ' ');
  // There and back: some small letters are the same only in capitals.
  const small = signs.normalize('NFKC').toUpperCase().toLowerCase();
  const bare = small.normalize('NFD').replace(accents, '$1').normalize('NFC');
  return bare
    .replace(lookalikes, (letter) => LOOKALIKES.get(letter)!)
    .replace(ignored, '')
    .replace(unspaced, ' $& ');
}
