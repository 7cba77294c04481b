import { type Candidate, type CandidateStatus } from '@nexivo/contracts/candidates';
import { createdMs, DAY_MS, type Demo, isoTime } from './demo.js';
import { companyIn, emailOf, type Person, personOf, phoneOf, someOf } from './people.js';
import { SPOKEN_LANGUAGES, SUMMARIES } from './professions.js';
import { type Random, uuidAt, weighted } from './random.js';

/** A row of the table `candidates`. */
export type CandidateRow = Candidate & { account_id: string; version: number };

/** What submissions have to know of a candidate. */
export interface CandidateFacts {
  id: string;
  status: CandidateStatus;
  createdMs: number;
  updatedMs: number;
  version: number;
}

const anyStatus = weighted<CandidateStatus>([
  { item: 'new', weight: 40 },
  { item: 'screening', weight: 22 },
  { item: 'available', weight: 24 },
  { item: 'placed', weight: 8 },
  { item: 'inactive', weight: 6 },
]);

/** How many are the same person as an earlier one, entered a second time. */
const DUPLICATES = 0.03;
/** How many of those who are still `new` were changed all the same. */
const TOUCHED = 0.15;
const SHORTEST_AGE_AT_CHANGE_MS = 60_000;
const MEAN_AGE_AT_CHANGE_MS = 60 * DAY_MS;

export function candidateFacts(demo: Demo, row: number): CandidateFacts {
  return factsFrom(demo, row, demo.random('candidate', row));
}

function factsFrom(demo: Demo, row: number, random: Random): CandidateFacts {
  const created = createdMs(demo, row, demo.candidates, random);
  const status = anyStatus(random);
  const isChanged = status !== 'new' || random.chance(TOUCHED);
  const age = random.exponential(MEAN_AGE_AT_CHANGE_MS);
  const changes = 1 + Math.floor(random.exponential(1.5));
  const id = uuidAt(created, random);
  const latestAge = demo.untilMs - created - SHORTEST_AGE_AT_CHANGE_MS;
  // The youngest have not been changed yet.
  if (!isChanged || latestAge <= 0) return { id, status: 'new', createdMs: created, updatedMs: created, version: 1 };
  const updatedMs = created + SHORTEST_AGE_AT_CHANGE_MS + Math.floor(age % latestAge);
  return { id, status, createdMs: created, updatedMs, version: 1 + changes };
}

/** The row of the person who is entered here; an earlier one where this is a duplicate. */
export function personRow(demo: Demo, row: number): number {
  const random = demo.random('origin', row);
  return row > 0 && random.chance(DUPLICATES) ? personRow(demo, random.below(row)) : row;
}

const SOURCES = ['career_site', 'linkedin', 'referral', 'agency', 'job_board', 'event', 'import'];
const TAGS = [
  'remote',
  'top-talent',
  'relocation',
  'visa-required',
  'night-shift',
  'part-time',
  '2nd-interview',
  'été',
  'C++',
];
const MAX_SKILLS = 12;

export function candidateAt(demo: Demo, row: number): CandidateRow {
  const random = demo.random('candidate', row);
  const facts = factsFrom(demo, row, random);
  const origin = personRow(demo, row);
  const person = personOf(demo, origin);
  const { locale, profession, title, home } = person;
  const skills = skillsOf(person, random);
  const company = random.chance(0.85) ? companyIn(locale, random) : null;
  return {
    account_id: demo.accountId,
    id: facts.id,
    version: facts.version,
    ...(origin === row ? asEntered(person) : asEnteredAgain(person, random)),
    phone: random.chance(0.8) ? phoneOf(person) : null,
    current_title: random.chance(0.93) ? title : null,
    current_company: company,
    city: random.chance(0.95) ? home.city : null,
    state: home.state,
    country: locale.country,
    status: facts.status,
    source: random.chance(0.9) ? random.pickEarly(SOURCES) : null,
    skills,
    tags: random.chance(0.45) ? someOf(random, TAGS, random.between(1, 3)) : [],
    linkedin_url: random.chance(0.5) ? `https://linkedin.example/in/${person.first.ascii}-${origin}` : null,
    website_url:
      profession.department === 'Engineering' && random.chance(0.15) ? `https://${person.last.ascii}.example/` : null,
    summary: random.chance(0.65) ? summaryOf(person, skills, company, random) : null,
    external_id: random.chance(0.7) ? `C-${demo.mark}-${row}` : null,
    custom_fields: random.chance(0.35) ? customFields(random) : {},
    created_at: isoTime(facts.createdMs),
    updated_at: isoTime(facts.updatedMs),
  };
}

type NameAndAddress = Pick<CandidateRow, 'first_name' | 'last_name'> & { email: string };

const asEntered = (person: Person): NameAndAddress => ({
  first_name: person.first.written,
  last_name: person.last.written,
  email: emailOf(person),
});

/** As duplicates come about: other capitals, an address of another time, a keyboard without the accents. */
function asEnteredAgain(person: Person, random: Random): NameAndAddress {
  const entered = asEntered(person);
  const how = random.below(3);
  if (how === 0) return { ...entered, email: entered.email.replace(/^./, (letter) => letter.toUpperCase()) };
  if (how === 1) return { ...entered, email: emailOf(person, 1) };
  return { ...entered, first_name: capital(person.first.ascii), last_name: capital(person.last.ascii) };
}

const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

function skillsOf({ profession, locale }: Person, random: Random): string[] {
  const skills = someOf(random, profession.skills, random.between(2, MAX_SKILLS));
  if (random.chance(locale.country === 'US' ? 0.1 : 0.4)) skills.push(random.pickEarly(SPOKEN_LANGUAGES));
  return skills;
}

function summaryOf(
  { locale, title, home }: Person,
  skills: readonly string[],
  company: string | null,
  random: Random,
): string {
  const language = random.chance(0.6) ? locale.language : 'en';
  const facts: Record<string, string> = {
    title,
    company: company ?? companyIn(locale, random),
    city: home.city,
    years: String(random.between(1, 25)),
    team: String(random.between(2, 12)),
    skill: skills[0]!,
    other: skills.at(-1)!,
  };
  const sentences = someOf(random, SUMMARIES[language], random.between(1, 4));
  return sentences.join(' ').replaceAll(/\{(\w+)\}/g, (_, name: string) => facts[name]!);
}

const customFields = (random: Random): Candidate['custom_fields'] => ({
  notice_period_weeks: random.between(0, 12),
  may_relocate: random.chance(0.3),
  ...(random.chance(0.5) && { 'Gehaltswunsch (€)': random.between(30, 140) * 1_000 }),
  ...(random.chance(0.3) && { cost_center: `CC-${random.between(100, 999)}` }),
});
