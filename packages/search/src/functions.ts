import type { QueryRunner } from 'typeorm';
import { APOSTROPHES, BLANKED, HYPHENS, inPostgres } from './characters.js';

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

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

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
    result := translate(result, ${quoted(APOSTROPHES + HYPHENS + BLANKED)},
      ${quoted("'".repeat([...APOSTROPHES].length) + '-'.repeat([...HYPHENS].length) + ' '.repeat([...BLANKED].length))});
    result := regexp_replace(normalize(result, NFKC), '[${inPostgres.ignored}]', '', 'g');
    result := ${extensions}.unaccent(${quoted(`${extensions}.unaccent`)}, casefold(result collate pg_unicode_fast));
    -- The dictionary makes a few capitals, of small capitals for instance.
    result := casefold(result collate pg_unicode_fast);
    result := regexp_replace(result, '${UNSPACED}+', ' \& ', 'g');
  else
    result := lower(translate(result, '${'`'}', ''''));
  end if;
  -- Two dots in a row end a sentence, and so does one before a blank.
  result := regexp_replace(result, '[${inPostgres.breaks}]|\.\.+', ' ', 'g');
  return replace(replace(result, E'\x1f', E' \x1f '), '. ', ' ');
end $search$`;

/**
 * The lexemes of a word with more than plain letters, as {@link tokens} describes them; `width` is how many places it takes.
 */
const compound = String.raw`
create function search_compound(word text, out width integer, out places integer[], out kinds text[], out lexemes text[])
language plpgsql immutable strict parallel safe as $search$
declare
  chunk text collate "C" := word;
  part text collate "C";
  run text collate "C";
  whole text collate "C";
  hyphenated text collate "C" := '';
  runs integer := 0;
  pieces text[] collate "C";
  local_part text collate "C";
  domain text collate "C";
  elidable constant text collate "C" := '''|(?<![0-9])[._]|[._](?![0-9])';
begin
  width := 0; places := '{}'; kinds := '{}'; lexemes := '{}';

  if chunk ~ '^${UNSPACED}' then
    width := length(chunk);
    if width = 1 then
      places := '{1}'; kinds := '{u}'; lexemes := array[chunk];
      return;
    end if;
    select array_agg(n), array_agg(case when next is null then 'p' else 'w' end), array_agg(c || coalesce(next, ''))
      into places, kinds, lexemes
      from (select c, n::integer, lead(c) over (order by n) as next
              from unnest(string_to_array(chunk, null)) with ordinality as t(c, n)) as pairs;
    return;
  end if;

  if chunk ~ '^www\.${LETTER}' then chunk := substr(chunk, 5); end if;

  chunk := rtrim(chunk, '@.''_-');
  if chunk ~ '@.*${LETTER}' then
    domain := btrim(substring(chunk from '[^@]*$'), '.''_+#-');
    if domain ~ '${LETTER}' then
      local_part := ltrim(regexp_replace(chunk, '@[^@]*$', ''), '.''_+#-@');
      width := 1;
      whole := left(replace(local_part || '@' || domain, '''', ''), ${MAX_LEXEME});
      lexemes := array[whole, left('@' || replace(domain, '''', ''), ${MAX_LEXEME}), left(regexp_replace(domain, elidable, '', 'g'), ${MAX_LEXEME})];
      pieces := array(select m[1] from regexp_matches(domain, '${LETTER}+', 'g') as m);
      if cardinality(pieces) > 1 then pieces := trim_array(pieces, 1); end if;
      if local_part ~ '${LETTER}' then
        lexemes := lexemes || left(regexp_replace(replace(local_part, '-', ''), elidable, '', 'g'), ${MAX_LEXEME});
        pieces := pieces || array(select m[1] from regexp_matches(local_part, '${LETTER}+', 'g') as m);
      end if;
      lexemes := lexemes || array(select left(p, ${MAX_LEXEME}) from unnest(pieces) as p where length(p) > 1);
      places := array_fill(1, array[cardinality(lexemes)]);
      kinds := 'w'::text || array_fill('p'::text, array[cardinality(lexemes) - 1]);
      return;
    end if;
  end if;

  -- An empty run at the end, to finish the last hyphenated word.
  foreach run in array string_to_array(translate(chunk, '@', '-') || '-', '-') loop
    pieces := array(select m[1] from regexp_matches(run, '\.?${LETTER}+[+#]*', 'g') as m);
    if cardinality(pieces) = 0 then
      if runs > 1 then
        places := places || width; kinds := kinds || 'j'::text; lexemes := lexemes || left(hyphenated, ${MAX_LEXEME});
      end if;
      hyphenated := ''; runs := 0;
      continue;
    end if;

    whole := regexp_replace(rtrim(ltrim(run, '.''_+#'), '.''_'), elidable, '', 'g');
    if pieces[1] ~ '^\.[^0-9]' then whole := '.' || whole; end if;
    width := width + 1;
    places := places || width; kinds := kinds || 'w'::text; lexemes := lexemes || left(whole, ${MAX_LEXEME});

    foreach part in array pieces loop
      if part ~ '^\.' then
        if part ~ '^\.[^0-9]' and part <> whole then
          places := places || width; kinds := kinds || 'p'::text; lexemes := lexemes || left(part, ${MAX_LEXEME});
        end if;
        part := substr(part, 2);
      end if;
      if part <> whole and length(part) > 1 then
        places := places || width; kinds := kinds || 'p'::text; lexemes := lexemes || left(part, ${MAX_LEXEME});
      end if;
      if part ~ '[+#]$' then
        part := rtrim(part, '+#');
        if length(part) > 1 or part ~ '[0-9]' then
          places := places || width; kinds := kinds || 'p'::text; lexemes := lexemes || left(part, ${MAX_LEXEME});
        end if;
      end if;
    end loop;

    if hyphenated ~ '[0-9]$' and whole ~ '^[0-9]' then
      if runs > 1 then
        places := places || (width - 1); kinds := kinds || 'j'::text; lexemes := lexemes || left(hyphenated, ${MAX_LEXEME});
      end if;
      hyphenated := ''; runs := 0;
    end if;
    -- No longer than a lexeme can be: a word of ten thousand hyphens must not take quadratic time.
    if length(hyphenated) < ${MAX_LEXEME} then hyphenated := hyphenated || whole; end if;
    runs := runs + 1;
  end loop;
end $search$`;

/**
 * A text as lexemes at places, the one way from text to lexemes for rows and queries alike. `kinds`:
 *
 * - `w`, the text itself: one for each place, except that of `abc` in a script without blanks the pairs `ab` and `bc` stand
 *   for the three places;
 * - `u`, a single character of such a script; a query takes it for the beginning of a pair;
 * - `j`, a hyphenated word in one, at its last place: `fullstack` of `full-stack`;
 * - `p`, parts by which a word can be found as well, at its place: `node`, `js` and `.js` of `Node.js`, which is `nodejs`.
 */
const tokens = String.raw`
create function search_tokens(value text, out places integer[], out kinds text[], out lexemes text[])
language plpgsql immutable strict parallel safe as $search$
declare
  word text collate "C";
  place integer := 0;
  new_width integer;
  new_places integer[];
  new_kinds text[];
  new_lexemes text[] collate "C";
begin
  places := '{}'; kinds := '{}'; lexemes := '{}';
  foreach word in array string_to_array(value, ' ') loop
    continue when word = '';
    if word = E'\x1f' then
      place := place + 3;
    elsif word ~ '[._''+#@-]|^${UNSPACED}' then
      select * into new_width, new_places, new_kinds, new_lexemes from search_compound(word);
      -- One by one, which Postgres does in place; to concatenate arrays it copies them.
      for i in 1 .. cardinality(new_lexemes) loop
        places := places || (place + new_places[i]); kinds := kinds || new_kinds[i]; lexemes := lexemes || new_lexemes[i];
      end loop;
      place := place + new_width;
    else
      place := place + 1;
      places := places || place; kinds := kinds || 'w'::text; lexemes := lexemes || left(word, ${MAX_LEXEME});
    end if;
  end loop;
end $search$`;

/** A lexeme `l` at place `p` as `search_vector` adds it: with the code of its field, and in short fields without it once more. */
const ENTRY = String.raw`'''' || code || l || ''':' || (base + p) || weight ||
      case when is_long then ' ' else ' ''' || l || ''':' || (base + p) || weight || ' ' end`;

/**
 * What a row is indexed by. `specs` describes each of `texts`: the field's code, its weight and, where it is long, `*`.
 *
 * Lexemes need no quoting: they consist of letters, digits and `. _ + # @ -`.
 */
const vector = String.raw`
create function search_vector(specs text[], texts text[]) returns tsvector
language plpgsql immutable strict parallel safe set search_path from current as $search$
declare
  result text collate "C" := '';
  addition text collate "C";
  code text collate "C";
  weight text collate "C";
  is_long boolean;
  base integer;
  next_base integer := 0;
  found record;
begin
  for i in 1 .. cardinality(specs) loop
    continue when texts[i] is null;
    code := left(specs[i], 1); weight := substr(specs[i], 2, 1); is_long := right(specs[i], 1) = '*';
    select * into found from search_tokens(left(search_normalize(left(texts[i], ${MAX_FIELD})), ${MAX_FIELD}));
    continue when cardinality(found.lexemes) = 0;
    base := case when is_long then 0 else next_base end;
    addition := (select string_agg(${ENTRY}, '') from unnest(found.lexemes, found.places) as t(l, p));
    if octet_length(result) + octet_length(addition) > ${MAX_VECTOR} then
      addition := (
        select string_agg(entry, '')
          from (select entry, sum(octet_length(entry)) over (order by n) as size
                  from (select n, ${ENTRY} as entry
                          from unnest(found.lexemes, found.places) with ordinality as t(l, p, n)) as entries) as sized
         where octet_length(result) + size <= ${MAX_VECTOR});
    end if;
    result := result || coalesce(addition, '');
    -- As far from the next field as the entries of a list are from each other.
    if not is_long then next_base := base + found.places[cardinality(found.places)] + 3; end if;
  end loop;
  return result::tsvector;
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
  normalized text collate "C" := search_normalize(value);
  star text collate "C" := case kind when 'prefix' then ':*' else '' end;
  phrase text collate "C" := '';
  joined text collate "C" := '';
  terms integer := 0;
  last_place integer := 0;
  forms text[] collate "C";
  pieces text[] collate "C";
  found record;
begin
  select * into found from search_tokens(normalized);
  for i in 1 .. cardinality(found.lexemes) loop
    continue when found.kinds[i] not in ('w', 'u');
    if terms > 0 then phrase := phrase || ' <' || (found.places[i] - last_place) || '> '; end if;
    -- E'\x01' stands for the scope.
    phrase := phrase || E'''\x01' || found.lexemes[i] || '''' || case found.kinds[i] when 'u' then ':*' else '' end;
    joined := joined || found.lexemes[i];
    last_place := found.places[i];
    terms := terms + 1;
  end loop;
  -- The parser has refused what comes to nothing. Should it ever see a letter where this sees none, nothing has it.
  if terms = 0 then return '''!'''::tsquery; end if;
  forms := array[case when right(phrase, 2) = ':*' then phrase else phrase || star end];

  if kind <> 'phrase' then
    if terms > 1 and array_positions(found.kinds, 'j') = array[cardinality(found.kinds)]
        and found.lexemes[cardinality(found.kinds)] = joined then
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
  'search_tokens(text)',
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
  for (const statement of [normalize(extension.schema), compound, tokens, vector, list, term]) {
    await queryRunner.query(statement);
  }
}

/** Undoes {@link createSearch}. */
export async function dropSearch(queryRunner: QueryRunner): Promise<void> {
  for (const signature of SIGNATURES) await queryRunner.query(`drop function ${signature}`);
}
