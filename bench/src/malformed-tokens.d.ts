/** Strings that are no tokens, in the ways in which that happens: a typing error, a cut, another product's, junk. */
export declare function malformedTokens(count: number): string[];
