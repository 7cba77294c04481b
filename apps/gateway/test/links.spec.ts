import { describe, expect, it } from '@jest/globals';
import { linkHeader } from '../src/http/links.js';

const url = (length: number): string => `https://a.example/${'x'.repeat(length - 'https://a.example/'.length)}`;

describe('the header Link', () => {
  it('has the links that there are', () => {
    expect(linkHeader({ first: 'https://a.example/1', prev: null, next: 'https://a.example/2' })).toBe(
      '<https://a.example/1>; rel="first", <https://a.example/2>; rel="next"',
    );
    expect(linkHeader({ next: null })).toBeUndefined();
  });

  it('has the one that leads on alone, where all are too long', () => {
    const links = { first: url(900), prev: null, next: url(900), last: url(900) };
    expect(linkHeader(links)).toBe(`<${url(900)}>; rel="next"`);
  });

  it('is left out where that is too long, too, and where nothing leads on', () => {
    expect(linkHeader({ first: url(10_000), prev: null, next: url(10_000), last: null })).toBeUndefined();
    expect(linkHeader({ first: url(1_500), prev: url(1_500), next: null, last: null })).toBeUndefined();
  });
});
