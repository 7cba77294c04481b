import type { QueryRunner } from 'typeorm';

/**
 * For the migrations of every service whose lists are filtered by text: the functions by which texts are compared without case and
 * accents. Letters are taken apart as Unicode does (NFKD) and lose the marks of Latin and Greek; those that Unicode does not take apart
 * are named. An index over them serves the filters, so that no column needs a copy.
 */
export async function createFoldedV1(queryRunner: QueryRunner): Promise<void> {
  // Most texts are ASCII, and are not worth more than a look at their length. Not strict: Postgres would not inline it.
  await queryRunner.query(`
    create function folded(value text) returns text language sql immutable parallel safe
    return case when octet_length(value) = char_length(value) then lower(value collate "und-x-icu") else
      replace(replace(replace(replace(
        translate(
          lower(regexp_replace(normalize(value, nfkd), '[\\u0300-\\u036f]+', '', 'g') collate "und-x-icu"),
          'øłđðħı', 'olddhi'),
        'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th') end`);
  // As one text, because a function with a query in it takes ten times as long. Names are found wherever Postgres maintains an index.
  await queryRunner.query(`
    do $do$ begin
      execute format(
        'create function folded_all(value text[]) returns text[] language plpgsql immutable strict parallel safe as $body$ begin
           return string_to_array(%I.folded(array_to_string(value, e''\\x1f'')), e''\\x1f'');
         end $body$', current_schema());
    end $do$`);
}

/** Undoes {@link createFoldedV1}. */
export async function dropFoldedV1(queryRunner: QueryRunner): Promise<void> {
  await queryRunner.query('drop function folded_all(text[])');
  await queryRunner.query('drop function folded(text)');
}
