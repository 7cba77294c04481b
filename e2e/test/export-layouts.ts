/** A sheet as another system writes it. */
export interface Sheet {
  readonly layout: string;
  readonly csv: string;
  /** Lines that cannot be taken, with what is wrong, by their numbers in the sheet: its titles are the first. */
  readonly refused: ReadonlyMap<number, string>;
}

const FIRST = ['Jane', 'Zoë', 'Łukasz', 'Mary Ann', 'Nguyễn', 'Sean', '雅婷', 'Fatma'];
const LAST = ['Smith', "O'Neil", 'Müller-Lüdenscheidt', 'Kowalski', 'García', 'Doe', '王', 'Öztürk'];
const CITIES = ['Berlin', 'São Paulo', 'Köln', 'New York'];
const of = <Item>(items: readonly Item[], n: number): Item => items[n % items.length]!;

/** What people type into a sheet, and the API cannot know the meaning of. */
const BAD_EMAILS = new Map([
  [7, 'jane@example.com; jane@work.example.com'],
  [29, 'Jane Smith <jane@example.com>'],
  [54, 'unknown'],
]);

type Row = readonly string[];

function sheet(layout: string, separator: string, titles: Row, row: (n: number, email: string) => Row): Sheet {
  const rows = Array.from({ length: 125 }, (_, n) =>
    row(n, BAD_EMAILS.get(n) ?? `${layout}.${n}@example.com`.toLowerCase()),
  );
  const quote = (cell: string): string =>
    /["\r\n]/.test(cell) || cell.includes(separator) ? `"${cell.replaceAll('"', '""')}"` : cell;
  const csv = [titles, ...rows].map((cells) => cells.map(quote).join(separator)).join('\r\n');
  return { layout, csv, refused: new Map([...BAD_EMAILS].map(([n, email]) => [n + 2, email])) };
}

/** 500 people of nobody's, as four systems export theirs. */
export const SHEETS: readonly Sheet[] = [
  sheet(
    'Greenhouse',
    ',',
    ['Candidate ID', 'First Name', 'Last Name', 'Company', 'Title', 'Email', 'Phone', 'Tags', 'Recruiter', 'Notes'],
    (n, email) => [
      `gh-${n}`,
      of(FIRST, n),
      of(LAST, n),
      'Acme, Inc.',
      'Senior "Full-Stack" Engineer',
      email,
      `+49 30 ${1_000_000 + n}`,
      'Referral, Relocation',
      'Kim Lee',
      'First line\nsecond line',
    ],
  ),
  sheet(
    'Lever',
    ',',
    ['Opportunity ID', 'Candidate Name', 'Emails', 'Phones', 'Headline', 'Origin', 'Stage'],
    (n, email) => [
      `lever-${n}`,
      `${of(FIRST, n)} ${of(LAST, n)}`,
      email,
      `(030) ${1_000_000 + n}`,
      'Data Engineer',
      'LinkedIn',
      'Phone screen',
    ],
  ),
  sheet('Workable', '\t', ['Full name', 'Email', 'Phone', 'Headline', 'City', 'Skills', 'LinkedIn URL'], (n, email) => [
    `${of(FIRST, n)} ${of(LAST, n)}`,
    email,
    '',
    'Nurse',
    of(CITIES, n),
    'TypeScript | C++',
    `https://www.linkedin.com/in/person-${n}`,
  ]),
  sheet(
    'Excel',
    ';',
    ['Vorname', 'Nachname', 'E-Mail', 'Telefon', 'Ort', 'Firma', 'Kenntnisse', 'Notizen'],
    (n, email) => [
      of(FIRST, n),
      of(LAST, n),
      email,
      `0170/${1_000_000 + n}`,
      of(CITIES, n),
      'Beispiel GmbH & Co. KG',
      'Buchhaltung, SAP',
      'kündbar zum Quartalsende; Gehalt: 60.000 €',
    ],
  ),
];
