import type { Language } from './locales.js';

/** A field of work: what people in it are called and can do, and who hires them. */
export interface Profession {
  /** How many of all people work in it. */
  readonly weight: number;
  readonly department: string;
  /** In English, without a rank; the usual ones first. */
  readonly titles: readonly string[];
  readonly localTitles: Partial<Record<Language, readonly string[]>>;
  /** The usual ones first. */
  readonly skills: readonly string[];
  /** Of a year, in thousands of US dollars, without rank. */
  readonly salary: readonly [number, number];
}

const list = (text: string): string[] => text.split(/,\s+/);

export const PROFESSIONS: readonly Profession[] = [
  {
    weight: 30,
    department: 'Engineering',
    titles: list(
      `Software Engineer, Backend Engineer, Full-Stack Developer, Frontend Developer, Java Developer, .NET Developer, C++ Engineer,
      Node.js Developer, Mobile Developer, Embedded Engineer, Site Reliability Engineer, QA Engineer, Game Developer`,
    ),
    localTitles: {
      de: list('Softwareentwickler, Softwarearchitektin, Anwendungsentwickler C++'),
      fr: list('Développeur logiciel, Ingénieure logiciel, Développeuse .NET'),
      es: list('Desarrollador de software, Ingeniera de software, Programador Node.js'),
      pt: list('Engenheiro de software, Desenvolvedora back-end'),
      pl: list('Programista, Inżynier oprogramowania'),
      ja: list('ソフトウェアエンジニア, バックエンドエンジニア'),
      zh: list('软件工程师, 后端开发工程师'),
      ko: list('소프트웨어 엔지니어'),
    },
    skills: list(
      `JavaScript, TypeScript, Java, Python, Node.js, React, C++, C#, .NET, SQL, PostgreSQL, Docker, Kubernetes, AWS, Go, Git,
      Linux, REST, GraphQL, Angular, Vue.js, Spring Boot, ASP.NET Core, MongoDB, Redis, Kafka, Rust, Swift, Kotlin, PHP, Ruby on Rails,
      CI/CD, Terraform, Azure, Objective-C, F#, Scala, Elixir, COBOL, Full-Stack`,
    ),
    salary: [70, 150],
  },
  {
    weight: 9,
    department: 'Data',
    titles: list('Data Engineer, Data Analyst, Data Scientist, Machine Learning Engineer, BI Developer, Statistician'),
    localTitles: {
      de: list('Datenanalyst, Data-Engineer (m/w/d)'),
      fr: list('Analyste de données, Ingénieur données'),
      es: list('Analista de datos, Científica de datos'),
      ja: list('データサイエンティスト'),
      zh: list('数据分析师'),
    },
    skills: list(
      'SQL, Python, R, Tableau, Power BI, Spark, Airflow, dbt, pandas, scikit-learn, PyTorch, Snowflake, BigQuery, Excel, A/B Testing, SAS',
    ),
    salary: [65, 140],
  },
  {
    weight: 12,
    department: 'Nursing',
    titles: list(
      'Registered Nurse, Nurse Practitioner, Care Assistant, ICU Nurse, Physiotherapist, Midwife, Radiographer, Pharmacist',
    ),
    localTitles: {
      de: list('Pflegefachkraft, Gesundheits- und Krankenpflegerin, Physiotherapeut'),
      fr: list('Infirmière diplômée, Aide-soignant, Kinésithérapeute'),
      es: list('Enfermera, Fisioterapeuta'),
      pt: list('Enfermeira, Técnico de enfermagem'),
      ja: list('看護師'),
    },
    skills: list(
      'Patient Care, BLS, ACLS, Triage, Wound Care, Medication Administration, Electronic Health Records, Paediatrics, Oncology, ICU, Geriatrics',
    ),
    salary: [45, 95],
  },
  {
    weight: 11,
    department: 'Sales',
    titles: list(
      'Account Executive, Sales Representative, Business Development Manager, Key Account Manager, Sales Engineer',
    ),
    localTitles: {
      de: list('Vertriebsmitarbeiter, Key-Account-Managerin'),
      fr: list('Commercial, Chargée de clientèle'),
      es: list('Ejecutivo de ventas'),
      pt: list('Executiva de vendas'),
      zh: list('销售经理'),
    },
    skills: list(
      'Salesforce, Negotiation, CRM, Cold Calling, B2B, HubSpot, Forecasting, Presentations, SaaS, Account Management',
    ),
    salary: [45, 120],
  },
  {
    weight: 8,
    department: 'Marketing',
    titles: list(
      'Marketing Manager, Content Writer, SEO Specialist, Product Marketing Manager, Graphic Designer, UX Designer',
    ),
    localTitles: {
      de: list('Marketingreferentin'),
      fr: list('Chef de produit, Rédactrice web'),
      es: list('Diseñadora gráfica'),
    },
    skills: list(
      'SEO, Google Analytics, Copywriting, Figma, Adobe Photoshop, Social Media, E-mail Marketing, Branding, UX, WordPress',
    ),
    salary: [45, 110],
  },
  {
    weight: 9,
    department: 'Finance',
    titles: list('Accountant, Financial Analyst, Controller, Auditor, Payroll Specialist, Tax Advisor, Actuary'),
    localTitles: {
      de: list('Buchhalterin, Controller'),
      fr: list('Comptable'),
      es: list('Contable'),
      pl: list('Księgowa'),
    },
    skills: list(
      'Excel, SAP, IFRS, US GAAP, Financial Modelling, DATEV, Accounts Payable, Budgeting, Audit, QuickBooks',
    ),
    salary: [50, 115],
  },
  {
    weight: 5,
    department: 'People',
    titles: list(
      'Recruiter, HR Business Partner, Talent Acquisition Specialist, HR Generalist, Learning & Development Manager',
    ),
    localTitles: { de: list('Personalreferent'), fr: list('Chargée de recrutement') },
    skills: list('Sourcing, Interviewing, Onboarding, Workday, Labour Law, Employer Branding, Payroll, Coaching'),
    salary: [45, 100],
  },
  {
    weight: 9,
    department: 'Operations',
    titles: list(
      'Warehouse Operative, Logistics Coordinator, Supply Chain Analyst, Truck Driver, Forklift Operator, Buyer',
    ),
    localTitles: {
      de: list('Fachkraft für Lagerlogistik, Staplerfahrer'),
      pl: list('Magazynier'),
      es: list('Mozo de almacén'),
    },
    skills: list(
      'Forklift Licence, Inventory, SAP, Order Picking, Incoterms, Scheduling, Lean, Six Sigma, Excel, Driving Licence C+E',
    ),
    salary: [32, 75],
  },
  {
    weight: 7,
    department: 'Construction',
    titles: list('Electrician, Site Manager, Civil Engineer, Plumber, Welder, CAD Technician, Architect, Carpenter'),
    localTitles: { de: list('Elektroniker, Bauleiterin, Tischler'), fr: list('Électricien, Conducteur de travaux') },
    skills: list(
      'AutoCAD, Blueprint Reading, Health & Safety, Revit, Welding, Surveying, Project Management, BIM, PLC',
    ),
    salary: [40, 100],
  },
];

/** Ranks and how they change the pay; the usual ones first. An empty one is none. */
export const RANKS = [
  { rank: '', pay: 1 },
  { rank: 'Senior', pay: 1.25 },
  { rank: 'Junior', pay: 0.75 },
  { rank: 'Lead', pay: 1.4 },
  { rank: 'Principal', pay: 1.6 },
  { rank: 'Head', pay: 1.8 },
] as const;

export const SPOKEN_LANGUAGES = list(
  'English, German, French, Spanish, Portuguese, Polish, Mandarin, Japanese, Deutsch, Français, Español, 日本語, 中文',
);

/** What people say of themselves: `{…}` is filled in. */
export const SUMMARIES: Record<Language, readonly string[]> = {
  en: [
    '{title} with {years} years of experience, most of them at {company}.',
    'Works with {skill} and {other} every day, and likes to explain both.',
    'Led a team of {team} and brought {skill} into a company that had none of it.',
    'Looking for a position in or near {city}, or one that can be done from anywhere.',
    'Has moved an old system to {skill} without a day of downtime; still proud of it.',
    'Available after a notice period of {team} weeks. References on request.',
    'Started as a trainee at {company} and stayed for {years} years.',
    'Holds certificates in {skill}; currently learning {other}.',
  ],
  de: [
    '{title} mit {years} Jahren Berufserfahrung, zuletzt bei {company}.',
    'Schwerpunkte: {skill}, {other}. Arbeitet strukturiert und übernimmt gern Verantwortung.',
    'Sucht eine neue Aufgabe im Großraum {city}, gern auch überwiegend im Homeoffice.',
    'Leitete ein Team von {team} Personen und führte {skill} ein.',
  ],
  fr: [
    '{title}, {years} ans d’expérience, dont plusieurs chez {company}.',
    'Maîtrise {skill} et {other} ; à l’aise en équipe comme en autonomie.',
    'Recherche un poste à {city} ou en télétravail.',
  ],
  es: [
    '{title} con {years} años de experiencia, los últimos en {company}.',
    'Domina {skill} y {other}; le gusta enseñar a los demás.',
    'Busca un puesto en {city} o a distancia.',
  ],
  pt: ['{title} com {years} anos de experiência na {company}.', 'Trabalha com {skill} e {other} há muitos anos.'],
  pl: ['{title}, {years} lat doświadczenia, ostatnio w firmie {company}.', 'Zna {skill} oraz {other}.'],
  ja: ['{company}で{years}年間勤務。専門は{skill}です。', '{city}での勤務を希望しています。{other}の経験もあります。'],
  zh: ['在{company}工作了{years}年，精通{skill}和{other}。', '希望在{city}工作。'],
  ko: ['{company}에서 {years}년간 근무했습니다. {skill} 전문가입니다.'],
};
