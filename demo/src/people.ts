import type { Demo } from './demo.js';
import { type City, type Locale, LOCALES, type Name } from './locales.js';
import { type Profession, PROFESSIONS, RANKS } from './professions.js';
import { type Random, weighted } from './random.js';

/** Someone, as all of his or her records have it. */
export interface Person {
  readonly locale: Locale;
  readonly first: Name;
  readonly last: Name;
  readonly home: City;
  readonly profession: Profession;
  readonly title: string;
  /** What makes the address and the number nobody else's. */
  readonly number: number;
}

const anyLocale = weighted(LOCALES.map((item) => ({ item, weight: item.weight })));
export const anyProfession = weighted(PROFESSIONS.map((item) => ({ item, weight: item.weight })));

/** How many have a title in a language of their own, where there are such titles. */
const LOCAL_TITLES = 0.4;

export function personOf(demo: Demo, row: number): Person {
  const random = demo.random('person', row);
  const locale = anyLocale(random);
  const profession = anyProfession(random);
  return {
    locale,
    first: random.pickEarly(locale.firstNames),
    last: random.pickEarly(locale.lastNames),
    home: random.pickEarly(locale.cities),
    profession,
    title: titleOf(random, locale, profession),
    number: row,
  };
}

function titleOf(random: Random, { language }: Locale, profession: Profession): string {
  const local = profession.localTitles[language];
  return local && random.chance(LOCAL_TITLES) ? random.pick(local) : rankedTitle(random, profession);
}

export function rankedTitle(random: Random, { titles, department }: Profession): string {
  const { rank } = random.pickEarly(RANKS);
  const title = random.pickEarly(titles);
  if (rank === 'Head') return `Head of ${department}`;
  return rank === '' ? title : `${rank} ${title}`;
}

/** Domains that nobody can own (RFC 2606): what is sent there reaches no one. */
const MAIL_DOMAINS = ['example.com', 'example.org', 'example.net', 'mail.example', 'post.example'];

/** The address of a person; another `variant`, another address of the same one. */
export function emailOf({ first, last, number }: Person, variant = 0): string {
  const domain = MAIL_DOMAINS[(number + variant) % MAIL_DOMAINS.length]!;
  const given = number % 3 === 0 ? first.ascii.charAt(0) : first.ascii;
  return `${given}.${last.ascii}${number}@${domain}`;
}

/** The number of a person, in a range kept for inventions where the country has one. */
export function phoneOf({ locale, number }: Person): string {
  // Spread, or people next to each other would have numbers next to each other.
  let digits = 1_234_567 + number * 7_919;
  return locale.phone.replaceAll('#', () => {
    const digit = digits % 10;
    digits = Math.floor(digits / 10);
    return String(digit);
  });
}

const COMPANY_FIRSTS =
  'North Blue Silver Bright Iron Green Stone River Cloud Open True Red Swift Clear High Nova Alpen Sol'.split(' ');
const COMPANY_LASTS = 'field works logic gate mark wave bridge forge line point craft labs stack berg'.split(' ');
const LEGAL_FORMS: Record<string, string> = {
  US: ', Inc.',
  GB: ' Ltd',
  DE: ' GmbH & Co. KG',
  FR: ' SARL',
  ES: ' S.L.',
  BR: ' Ltda.',
  PL: ' Sp. z o.o.',
  SE: ' AB',
  IN: ' Pvt. Ltd.',
  CZ: ' s.r.o.',
  JP: '株式会社',
  CN: '有限公司',
};

export function companyIn({ country }: Locale, random: Random): string {
  const name = random.pick(COMPANY_FIRSTS) + random.pick(COMPANY_LASTS);
  return random.chance(0.4) ? name + (LEGAL_FORMS[country] ?? '') : name;
}

/** So many different ones, the first of the list more often. */
export function someOf(random: Random, items: readonly string[], count: number): string[] {
  const chosen = new Set<string>();
  for (let tries = 0; chosen.size < count && tries < count * 3; tries++) chosen.add(random.pickEarly(items));
  return [...chosen];
}
