import type { QueryRunner } from 'typeorm';
import { APOSTROPHES, BLANKED, HYPHENS, inPostgres, JOINERS } from './characters.js';

/** A letter or digit of a script with blanks between words, in normalised text. */
const LETTER = String.raw`[^${inPostgres.separators}${inPostgres.ignored}${inPostgres.unspaced}]`;
const UNSPACED = `[${inPostgres.unspaced}]`;
/** Longest lexeme, in characters: Postgres takes 2,046 bytes. Longer words are the same when they begin the same. */
const MAX_LEXEME = 200;
/** How many characters of a field are searchable, before and after normalisation, which can make eighteen of one. */
const MAX_FIELD = 30_000;
/**
 * Greatest size of a row's vector as text, in bytes. As such it is larger than as a tsvector, of which Postgres refuses more than
 * 1 MiB. Tables with limits like those of candidates come near only with tens of thousands of such ligatures.
 */
const MAX_VECTOR = 1_000_000;

/** How many places there are between two entries of a list or two fields, beside their own: no phrase spans them. */
const GAP = 3;
/** What makes a separator that many places. */
const AND_NOTHING = String.raw` \x1f`.repeat(GAP - 1);

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

// Most words are plain. To find that out, and to take the others apart, a regular expression costs several times what these do.
const hasAny = (characters: string, word: string): string => `translate(${word}, ${quoted(characters)}, '') <> ${word}`;
const isUnspaced = (word: string): string =>
  `(ascii(${word}) >= ${inPostgres.firstUnspaced} and ${word} ~ '^${UNSPACED}')`;
/** The runs of letters in a word. */
const piecesOf = (word: string): string =>
  `array_remove(string_to_array(translate(${word}, ${quoted(JOINERS)}, '${' '.repeat(JOINERS.length)}'), ' '), '')`;
/** A word without its apostrophes, and without the dots and underscores that do not stand between digits. */
const elided = (word: string): string => String.raw`
  case when ${hasAny('0123456789', word)} then regexp_replace(${word}, '''|(?<![0-9])[._]|[._](?![0-9])', '', 'g')
       else translate(${word}, '''._', '') end`;

/**
 * Text as it is compared: without case, accents, and differences of width or composition (NFKC, case folding, the `unaccent`
 * dictionary), one kind of apostrophe and hyphen, a blank for what separates words.
 *
 * Postgres calls `unaccent` STABLE because a dictionary's file can be changed. Named with its schema and dictionary it is
 * immutable as long as the file is the one of the installation. After an upgrade of Postgres that changes the rules, the
 * columns have to be written anew, as indexes after a change of collations.
 */
const normalize = (extensions: string): string => String.raw`
create function search_normalize(value text) returns text
language plpgsql immutable strict parallel safe as $search$
declare
  result text collate "C" := value;
begin
  if octet_length(result) > length(result) then
    if result ~ ${quoted(`[${APOSTROPHES}${HYPHENS}${BLANKED}]`)} then
      result := regexp_replace(result, ${quoted(`[${APOSTROPHES}]`)}, '''', 'g');
      result := regexp_replace(result, ${quoted(`[${HYPHENS}]`)}, '-', 'g');
      result := regexp_replace(result, ${quoted(`[${BLANKED}]`)}, ' ', 'g');
    end if;
    if result is not nfkc normalized then result := normalize(result, nfkc); end if;
    result := regexp_replace(result, '[${inPostgres.ignored}]', '', 'g');
    result := ${extensions}.unaccent(${quoted(`${extensions}.unaccent`)}, casefold(result collate pg_unicode_fast));
    -- The dictionary makes a few capitals, of small capitals for instance.
    result := casefold(result collate pg_unicode_fast);
    result := regexp_replace(result, '${UNSPACED}+', ' \& ', 'g');
  else
    result := lower(translate(result, '${'`'}', ''''));
  end if;
  -- Two dots in a row end a sentence, and so does one before a blank.
  result := regexp_replace(result, '[${inPostgres.breaks}]|\.\.+', ' ', 'g');
  result := replace(replace(result, E'\x1e', E' \x1e '), E'\x1f', E' \x1f ');
  return rtrim(replace(result, '. ', ' '), '. ');
end $search$`;

/**
 * The places of a word with more than plain letters, as {@link places} describes them.
 */
const compound = String.raw`
create function search_compound(word text) returns text
language plpgsql immutable strict parallel safe as $search$
declare
  chunk text collate "C" := word;
  part text collate "C";
  run text collate "C";
  whole text collate "C";
  at_place text collate "C";
  result text collate "C" := '';
  hyphenated text collate "C" := '';
  runs integer := 0;
  pieces text[] collate "C";
  local_part text collate "C";
  domain text collate "C";
begin
  if ${isUnspaced('chunk')} then
    if length(chunk) = 1 then return chunk || '*'; end if;
    return (select string_agg(coalesce(c || next, '|' || c), ' ' order by n)
              from (select c, n, lead(c) over (order by n) as next
                      from unnest(string_to_array(chunk, null)) with ordinality as t(c, n)) as pairs);
  end if;

  if starts_with(chunk, 'www.') and strpos(${quoted(JOINERS)}, substr(chunk, 5, 1)) = 0 then chunk := substr(chunk, 5); end if;

  chunk := rtrim(chunk, '@.''_-');
  if strpos(chunk, '@') > 0 then
    pieces := string_to_array(chunk, '@');
    part := pieces[cardinality(pieces)];
    domain := btrim(part, ${quoted(JOINERS)});
    if domain <> '' then
      local_part := ltrim(left(chunk, - length(part) - 1), ${quoted(JOINERS)});
      result := left(replace(local_part || '@' || domain, '''', ''), ${MAX_LEXEME})
        || '|' || left('@' || replace(domain, '''', ''), ${MAX_LEXEME})
        || '|' || left(${elided('domain')}, ${MAX_LEXEME});
      pieces := ${piecesOf('domain')};
      if cardinality(pieces) > 1 then pieces := trim_array(pieces, 1); end if;
      if local_part <> '' then
        pieces := pieces || ${piecesOf('local_part')};
        local_part := replace(local_part, '-', '');
        result := result || '|' || left(${elided('local_part')}, ${MAX_LEXEME});
      end if;
      foreach part in array pieces loop
        if length(part) > 1 then result := result || '|' || left(part, ${MAX_LEXEME}); end if;
      end loop;
      return result;
    end if;
  end if;

  -- An empty run at the end, to finish the last hyphenated word.
  foreach run in array string_to_array(translate(chunk, '@', '-') || '-', '-') loop
    pieces := case when ${hasAny("._'+#", 'run')} then array(select m[1] from regexp_matches(run, '\.?${LETTER}+[+#]*', 'g') as m)
                   when run <> '' then array[run] end;
    if coalesce(cardinality(pieces), 0) = 0 then
      if runs > 1 then result := result || '|=' || left(hyphenated, ${MAX_LEXEME}); end if;
      hyphenated := ''; runs := 0;
      continue;
    end if;

    whole := rtrim(ltrim(run, '.''_+#'), '.''_');
    whole := ${elided('whole')};
    if pieces[1] ~ '^\.[^0-9]' then whole := '.' || whole; end if;
    at_place := left(whole, ${MAX_LEXEME});

    foreach part in array pieces loop
      if left(part, 1) = '.' then
        if part ~ '^\.[^0-9]' and part <> whole then at_place := at_place || '|' || left(part, ${MAX_LEXEME}); end if;
        part := substr(part, 2);
      end if;
      if part <> whole and length(part) > 1 then at_place := at_place || '|' || left(part, ${MAX_LEXEME}); end if;
      if right(part, 1) in ('+', '#') then
        part := rtrim(part, '+#');
        if length(part) > 1 or part ~ '[0-9]' then at_place := at_place || '|' || left(part, ${MAX_LEXEME}); end if;
      end if;
    end loop;

    if right(hyphenated, 1) between '0' and '9' and left(whole, 1) between '0' and '9' then
      if runs > 1 then result := result || '|=' || left(hyphenated, ${MAX_LEXEME}); end if;
      hyphenated := ''; runs := 0;
    end if;
    -- No longer than a lexeme can be: a word of ten thousand hyphens must not take quadratic time.
    if length(hyphenated) < ${MAX_LEXEME} then hyphenated := hyphenated || whole; end if;
    runs := runs + 1;
    result := result || ' ' || at_place;
  end loop;
  return ltrim(result, ' ');
end $search$`;

/**
 * A normalised text as places, the one way from text to lexemes for rows and queries alike. At each place are lexemes, separated by
 * `|`. The first is the text itself; behind it are others by which it can be found as well:
 *
 * - `nodejs|node|.js|js` for `Node.js`: its parts;
 * - `full` and `stack|=fullstack` for `full-stack`: a hyphenated word in one, at its last place;
 * - `ab`, `bc` and `|c` for `abc` in a script without blanks, whose pairs stand for the text;
 * - `a*` for a single character of such a script, which a query takes for the beginning of a pair.
 *
 * A separator of records or units is {@link GAP} places with nothing to be found.
 */
const places = String.raw`
create function search_places(value text) returns text[]
language plpgsql immutable strict parallel safe as $search$
begin
  return array_remove(string_to_array(array_to_string(
    array(select case when ${hasAny(JOINERS, 'word')} or ${isUnspaced('word')} then search_compound(word) else left(word, ${MAX_LEXEME}) end
            from unnest(string_to_array(
              replace(replace(value collate "C", E'\x1f', E'\x1f${AND_NOTHING}'), E'\x1e', E'\x1e${AND_NOTHING}'), ' ')) as word), ' '), ' '), '');
end $search$`;

/** The lexemes of a compound as `search_vector` adds them: the field's code in front of each, or nothing, and the place behind. */
const entries = (code: string): string =>
  `'''' || ${code} || replace(ltrim(translate(lexemes, '=*', ''), '|'), '|', at || '''' || ${code}) || at`;

/**
 * What a row is indexed by. `specs` describes each of `texts`: the field's code, its weight and, where it is long, `*`. All
 * fields are read in one go, which is several times faster than one by one, and places count through them.
 *
 * Lexemes need no quoting: they consist of letters, digits and `. _ + # @ -`.
 */
const vector = String.raw`
create function search_vector(specs text[], texts text[]) returns tsvector
language plpgsql immutable strict parallel safe set search_path from current as $search$
declare
  fields text collate "C" := array_to_string(texts, E'\x1e', '');
  places text[] collate "C";
  borders integer[];
  result text collate "C";
begin
  if length(fields) > ${MAX_FIELD} or cardinality(string_to_array(fields, E'\x1e')) > cardinality(texts) then
    fields := array_to_string(
      array(select translate(left(value, ${MAX_FIELD}), E'\x1e', ' ') from unnest(texts) as value), E'\x1e', '');
  end if;
  fields := search_normalize(fields);
  if length(fields) > ${MAX_FIELD} then
    fields := array_to_string(
      array(select left(value, ${MAX_FIELD}) from unnest(string_to_array(fields, E'\x1e')) as value), E' \x1e ');
  end if;
  places := search_places(fields);
  borders := array_positions(places, E'\x1e');
  -- With the code of the field, and in short fields without it once more.
  result := (
    select string_agg(case
             when ${hasAny('|*', 'lexemes')} then ${entries('code')} || case when is_long then '' else ${entries("''")} end
             when is_long then '''' || code || lexemes || at
             else '''' || code || lexemes || at || '''' || lexemes || at end, '')
      from (select lexemes, left(spec, 1) as code, ''':' || place || substr(spec, 2, 1) || ' ' as at, right(spec, 1) = '*' as is_long
              from (select lexemes, place, specs[1 + width_bucket(place::integer, borders)] as spec
                      from unnest(places) with ordinality as t(lexemes, place)
                     where lexemes not in (E'\x1e', E'\x1f') offset 0) as found offset 0) as placed);
  if octet_length(result) > ${MAX_VECTOR} then
    while octet_length(result) > ${MAX_VECTOR} loop result := left(result, length(result) / 10 * 9); end loop;
    result := regexp_replace(result, '[^ ]*$', '');
  end if;
  return coalesce(result, '')::tsvector;
end $search$`;

/** A list as one text for `search_vector`, which keeps its entries so far apart that no phrase spans two of them. */
const list = String.raw`
create function search_list(entries text[]) returns text
language plpgsql immutable strict parallel safe as $search$
begin
  return array_to_string(entries, E'\x1f');
end $search$`;

/**
 * A term as a query, in any of the scopes: codes of fields, or nothing for what all short fields share. What has several places
 * is a phrase. A word (`kind` is `word` or `prefix`) that is one compound is also found written in one, or apart: `full-stack`
 * as `fullstack` and `full stack`, `Node.js` as `nodejs` and `node js`.
 */
const term = String.raw`
create function search_term(value text, kind text, scopes text[]) returns tsquery
language plpgsql immutable strict parallel safe set search_path from current as $search$
declare
  normalized text collate "C" := search_normalize(translate(value, E'\x1e', ' '));
  places text[] collate "C" := search_places(normalized);
  star text collate "C" := case kind when 'prefix' then ':*' else '' end;
  phrase text collate "C" := '';
  joined text collate "C" := '';
  terms integer := 0;
  lexemes text collate "C";
  lexeme text collate "C";
  place integer := 0;
  last_place integer := 0;
  forms text[] collate "C";
  pieces text[] collate "C";
begin
  foreach lexemes in array places loop
    place := place + 1;
    lexeme := split_part(lexemes, '|', 1);
    continue when lexeme in ('', E'\x1f');
    if terms > 0 then phrase := phrase || ' <' || (place - last_place) || '> '; end if;
    -- E'\x01' stands for the scope.
    phrase := phrase || E'''\x01' || rtrim(lexeme, '*') || '''' || case when right(lexeme, 1) = '*' then ':*' else '' end;
    joined := joined || rtrim(lexeme, '*');
    last_place := place;
    terms := terms + 1;
  end loop;
  -- The parser has refused what comes to nothing. Should it ever see a letter where this sees none, nothing has it.
  if terms = 0 then return '''!'''::tsquery; end if;
  forms := array[case when right(phrase, 2) = ':*' then phrase else phrase || star end];

  if kind <> 'phrase' then
    if terms > 1 and right(lexemes, length(joined) + 2) = '|=' || joined then
      forms := forms || (E'''\x01' || joined || '''' || star);
    elsif terms = 1 and joined !~ '@|[0-9][._][0-9]' then
      pieces := array(select left(m[1], ${MAX_LEXEME}) from regexp_matches(normalized, '${LETTER}+[+#]*', 'g') as m);
      if cardinality(pieces) > 1 then
        forms := forms || (select string_agg(E'''\x01' || p || '''', ' <-> ') || star from unnest(pieces) as p);
      end if;
    end if;
  end if;
  return (select string_agg('(' || replace(form, E'\x01', scope) || ')', '|')
            from unnest(scopes) as scope, unnest(forms) as form)::tsquery;
end $search$`;

const SIGNATURES = [
  'search_term(text, text, text[])',
  'search_list(text[])',
  'search_vector(text[], text[])',
  'search_places(text)',
  'search_compound(text)',
  'search_normalize(text)',
];

/**
 * Makes the functions of the search in the schema that comes first on the search path, for the migrations of every service with
 * a `q`. They remember that path, so that backups can be restored.
 *
 * A release that changes a function needs a migration that drops the columns, makes the functions anew and then the columns.
 */
export async function createSearch(queryRunner: QueryRunner): Promise<void> {
  const [extension] = (await queryRunner.query(
    `select quote_ident(nspname) as schema from pg_extension join pg_namespace on pg_namespace.oid = extnamespace
      where extname = 'unaccent'`,
  )) as [{ schema: string }?];
  if (!extension) throw new Error('the database lacks the extension unaccent');
  for (const statement of [normalize(extension.schema), compound, places, vector, list, term]) {
    await queryRunner.query(statement);
  }
}

/** Undoes {@link createSearch}. */
export async function dropSearch(queryRunner: QueryRunner): Promise<void> {
  for (const signature of SIGNATURES) await queryRunner.query(`drop function ${signature}`);
}
