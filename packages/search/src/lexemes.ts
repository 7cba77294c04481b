/**
 * What says in which way the lexemes of a row were made: a lexeme of each row that no query has, since queries have words in small
 * letters. It changes with whatever changes lexemes, and then a migration converts the rows (`search-conversion.ts`). Rows of the release before
 * must go on to be found by its queries: lexemes are added, and taken away a release later.
 */
export const LEXEMES_MARK = 'V2';

/** A lexeme as the text forms of `tsvector` and `tsquery` have it. */
export const quoted = (lexeme: string): string =>
  `'${/['\\]/.test(lexeme) ? lexeme.replaceAll(/['\\]/g, '$&$&') : lexeme}'`;
