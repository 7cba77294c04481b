/** What can be wrong with a query; stable, for programs. */
export type SearchErrorCode =
  | 'empty_query'
  | 'query_too_long'
  | 'too_many_terms'
  | 'too_many_prefixes'
  | 'prefix_too_short'
  | 'invalid_character'
  | 'unbalanced_parenthesis'
  | 'unbalanced_quote'
  | 'dangling_operator'
  | 'misplaced_operator'
  | 'ambiguous_operator'
  | 'unsupported_operator'
  | 'misplaced_wildcard'
  | 'incomplete_number'
  | 'empty_group'
  | 'empty_phrase'
  | 'empty_field'
  | 'unknown_field'
  | 'nested_field'
  | 'nothing_searchable'
  | 'only_negatives';

/** A query that the language does not allow. It is the only error that reading one can give. */
export class SearchError extends Error {
  override readonly name = 'SearchError';

  /**
   * @param code stable, for programs
   * @param message for people: what to change
   * @param offset where it went wrong: characters before that place, counted in code points from 0, as the limits count them
   */
  constructor(
    readonly code: SearchErrorCode,
    message: string,
    readonly offset: number,
  ) {
    super(message);
  }
}
