/** How a sourcer searches: long queries of titles, skills and what to leave out, the same ones in every run. */

const RANKS = ['', '', '', 'senior ', 'lead ', 'principal '];
const TITLES = `software engineer, backend engineer, full-stack developer, frontend developer, java developer, .net developer, c++ engineer,
  node.js developer, mobile developer, embedded engineer, site reliability engineer, qa engineer, game developer, data engineer,
  data analyst, data scientist, machine learning engineer, bi developer, product manager, project manager, registered nurse,
  sales manager, account manager, accountant, financial analyst, marketing manager, business analyst, mechanical engineer,
  civil engineer, electrical engineer, ux designer, store manager, truck driver, electrician, project engineer, nurse practitioner`;
const SKILLS = `javascript, typescript, java, python, node.js, react, c++, c#, .net, sql, postgresql, docker, kubernetes, aws, go, git, linux,
  rest, graphql, angular, spring, mongodb, redis, kafka, rust, swift, kotlin, php, terraform, azure, scala, excel, sap, scrum`;
const UNWANTED = `junior, intern, trainee, freelance, remote, "sales manager", "truck driver", "store manager", cobol, wordpress`;
const CITIES = 'berlin, london, paris, madrid, warsaw, amsterdam, "new york", chicago, toronto, sydney';
const listOf = (text: string): string[] => text.split(/,\s+/);

/** Numbers that look random and are the same in every run, below 1 (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Longest `q` that the API takes. */
const MAX_LENGTH = 1_000;

/** So many queries of 30 to 60 words and phrases. */
export function sourcerQueries(count: number): string[] {
  const random = randomFrom(2026);
  const some = (texts: readonly string[], least: number, most: number): string[] =>
    texts
      .map((text) => ({ text, place: random() }))
      .toSorted((one, other) => one.place - other.place)
      .slice(0, least + Math.floor(random() * (most - least + 1)))
      .map(({ text }) => text);
  const titles = listOf(TITLES);
  return Array.from({ length: count }, (_, turn) => {
    const isTitles = turn % 4 === 0;
    const wanted = (isTitles ? some(titles, 28, 30) : some(titles, 18, 24)).map(
      (title) => `"${RANKS[Math.floor(random() * RANKS.length)]}${title}"`,
    );
    const skills = some(listOf(SKILLS), 9, 24);
    const unwanted = some(listOf(UNWANTED), 3, 6).map((term) => `-${term}`);
    const cities = some(listOf(CITIES), 2, 4);
    const parts = [
      `(${wanted.join(' OR ')})`,
      // One in four asks for titles alone, of the field; one in four for people of some cities.
      ...(isTitles ? [] : [`(${skills.join(' OR ')})`]),
      ...(turn % 4 === 1 ? [`city:(${cities.join(' OR ')})`] : []),
      ...unwanted,
    ];
    const query = parts.join(' ');
    if (query.length > MAX_LENGTH) throw new Error(`a query of ${query.length} characters: ${query}`);
    return isTitles ? `title:${query}` : query;
  });
}
