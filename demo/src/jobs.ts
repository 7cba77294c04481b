import { type Job, type JobStatus, WORKPLACES } from '@nexivo/contracts/jobs';
import { createdMs, DAY_MS, type Demo, isoTime } from './demo.js';
import { type Locale, LOCALES } from './locales.js';
import { anyProfession, rankedTitle, someOf } from './people.js';
import type { Profession } from './professions.js';
import { type Random, uuidAt, weighted } from './random.js';

/** A row of the table `jobs`. */
export type JobRow = Job & { account_id: string; version: number };

/** What submissions have to know of a job. */
export interface JobFacts {
  id: string;
  status: JobStatus;
  openedMs: number;
  closedMs: number | null;
  updatedMs: number;
  version: number;
  /** How much of all submissions it draws, compared with others. */
  popularity: number;
}

/**
 * The spread of popularity (sigma of a lognormal distribution): with it the most popular fifth of many jobs draws more than four
 * fifths of all submissions.
 */
const SPREAD = 1.9;
/** What is more popular is always wanted, and never closed. */
const EVERGREEN_POPULARITY = 8;
const MEAN_SEARCH_MS = 75 * DAY_MS;
const SHORTEST_SEARCH_MS = 5 * DAY_MS;

export function jobFacts(demo: Demo, row: number): JobFacts {
  return factsFrom(demo, row, demo.random('job', row));
}

function factsFrom(demo: Demo, row: number, random: Random): JobFacts {
  const openedMs = createdMs(demo, row, demo.jobs, random);
  const id = uuidAt(openedMs, random);
  const popularity = Math.exp(SPREAD * demo.random('popularity', row).normal());
  const endMs = Math.floor(openedMs + SHORTEST_SEARCH_MS + random.exponential(MEAN_SEARCH_MS));
  const heldMs = Math.floor(openedMs + random.fraction() * (demo.untilMs - openedMs));
  const isEdited = random.chance(0.3);
  // The first is never closed either, so that there is always one that takes submissions.
  const isEvergreen = row === 0 || popularity > EVERGREEN_POPULARITY;
  if (!isEvergreen && endMs < demo.untilMs) {
    const version = isEdited ? 3 : 2;
    return { id, popularity, openedMs, status: 'closed', closedMs: endMs, updatedMs: endMs, version };
  }
  if (heldMs > openedMs && isEdited) {
    const status = !isEvergreen && random.chance(0.4) ? 'on_hold' : 'open';
    return { id, popularity, openedMs, status, closedMs: null, updatedMs: heldMs, version: 2 };
  }
  return { id, popularity, openedMs, status: 'open', closedMs: null, updatedMs: openedMs, version: 1 };
}

const anyLocale = weighted(LOCALES.map((item) => ({ item, weight: item.weight })));
const anyEmploymentType = weighted<Job['employment_type']>([
  { item: 'full_time', weight: 70 },
  { item: 'part_time', weight: 12 },
  { item: 'contract', weight: 10 },
  { item: 'temporary', weight: 4 },
  { item: 'internship', weight: 3 },
  { item: null, weight: 1 },
]);
const TAGS = ['urgent', 'remote', 'graduate', 'confidential', 'backfill', 'growth', 'night-shift'];

export function jobAt(demo: Demo, row: number): JobRow {
  const random = demo.random('job', row);
  const facts = factsFrom(demo, row, random);
  const locale = anyLocale(random);
  const profession = anyProfession(random);
  const local = profession.localTitles[locale.language];
  const title = local && random.chance(0.3) ? random.pick(local) : rankedTitle(random, profession);
  const place = random.pickEarly(locale.cities);
  const workplace = random.chance(0.9) ? random.pickEarly(WORKPLACES) : null;
  return {
    account_id: demo.accountId,
    id: facts.id,
    version: facts.version,
    title,
    description: descriptionOf(title, place.city, profession, random),
    department: random.chance(0.95) ? profession.department : null,
    location_city: place.city,
    location_state: place.state,
    location_country: locale.country,
    workplace,
    employment_type: anyEmploymentType(random),
    openings: random.chance(0.8) ? 1 : random.between(2, 20),
    ...salaryOf(profession, locale, random),
    status: facts.status,
    tags: random.chance(0.4) ? someOf(random, TAGS, random.between(1, 3)) : [],
    external_id: random.chance(0.8) ? `REQ-${demo.mark}-${row}` : null,
    custom_fields: random.chance(0.3)
      ? { cost_center: `CC-${random.between(100, 999)}`, budgeted: random.chance(0.9) }
      : {},
    opened_at: isoTime(facts.openedMs),
    closed_at: facts.closedMs === null ? null : isoTime(facts.closedMs),
    created_at: isoTime(facts.openedMs),
    updated_at: isoTime(facts.updatedMs),
  };
}

function descriptionOf(title: string, city: string, { department, skills }: Profession, random: Random): string {
  const wanted = someOf(random, skills, random.between(3, 6));
  return [
    `We are looking for: ${title}. The ${department.toLowerCase()} team in ${city} is growing, and so is what it is trusted with.`,
    `What you bring:\n${wanted.map((skill) => `- ${skill}`).join('\n')}`,
    `What we offer: ${random.between(25, 35)} days of leave, a budget for learning, and colleagues who answer questions.`,
  ].join('\n\n');
}

/** What a US dollar is worth, roughly, and how many minor units a unit has (ISO 4217). */
const CURRENCIES: Record<string, { perDollar: number; minorUnits: number }> = {
  USD: { perDollar: 1, minorUnits: 100 },
  GBP: { perDollar: 0.6, minorUnits: 100 },
  EUR: { perDollar: 0.7, minorUnits: 100 },
  BRL: { perDollar: 2, minorUnits: 100 },
  PLN: { perDollar: 2, minorUnits: 100 },
  SEK: { perDollar: 7, minorUnits: 100 },
  INR: { perDollar: 25, minorUnits: 100 },
  VND: { perDollar: 9_000, minorUnits: 1 },
  CZK: { perDollar: 12, minorUnits: 100 },
  JPY: { perDollar: 80, minorUnits: 1 },
  CNY: { perDollar: 4, minorUnits: 100 },
  KRW: { perDollar: 700, minorUnits: 1 },
};

function salaryOf(
  { salary: [low, high] }: Profession,
  { currency }: Locale,
  random: Random,
): Pick<Job, 'salary_min' | 'salary_max' | 'salary_currency'> {
  const { perDollar, minorUnits } = CURRENCIES[currency]!;
  const thousands = (dollars: number): number => Math.round(dollars * perDollar) * 1_000 * minorUnits;
  const from = random.between(low, high);
  const to = from + random.between(5, 30);
  const kind = random.below(10);
  if (kind < 3) return { salary_min: null, salary_max: null, salary_currency: null };
  return {
    salary_min: thousands(from),
    salary_max: kind === 3 ? null : thousands(to),
    salary_currency: currency,
  };
}
