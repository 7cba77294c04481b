import { describe, expect, it } from '@jest/globals';
import { beginningsIn } from '../src/beginnings.js';
import { PEOPLE } from './people.js';

const looked = (text: string): { lookedUp: string[]; checked: string[] } => {
  const { lookedUp, checked } = beginningsIn(text, PEOPLE, 'name')!;
  return { lookedUp: lookedUp.split(' & '), checked: checked?.split(' & ') ?? [] };
};
const words = (count: number, length: number): string[] =>
  Array.from({ length: count }, (_, n) => String.fromCharCode(97 + n).repeat(length));

describe('what somebody types', () => {
  it('is looked up whole, but for single letters, which are checked beside longer words', () => {
    expect(looked('ann lee')).toMatchObject({ checked: [] });
    expect(looked('ann l')).toEqual({ lookedUp: looked('ann').lookedUp, checked: looked('l').lookedUp });
    expect(looked('a l').lookedUp).toHaveLength(2);
  });

  it('costs an index no more than a q may, however many words it has: the longest are looked up', () => {
    const { lookedUp, checked } = looked([...words(12, 2), ...words(3, 5), ...words(5, 1)].join(' '));
    expect([lookedUp.length, checked.length]).toEqual([8, 12]);
    expect(lookedUp).toEqual(expect.arrayContaining(looked(words(3, 5).join(' ')).lookedUp));
    expect([looked(words(26, 1).join(' '))].map((each) => [each.lookedUp.length, each.checked.length])).toEqual([
      [8, 18],
    ]);
  });
});
