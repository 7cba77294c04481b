/** Where people live, and what they are called there. */
export interface Locale {
  /** How many of all people are from there. */
  readonly weight: number;
  readonly language: Language;
  readonly country: string;
  readonly currency: string;
  /** Before a number in which `#` is a digit. */
  readonly phone: string;
  readonly firstNames: readonly Name[];
  readonly lastNames: readonly Name[];
  readonly cities: readonly City[];
}

/** A language that titles and summaries may be written in. */
export type Language = 'en' | 'de' | 'fr' | 'es' | 'pt' | 'pl' | 'ja' | 'zh' | 'ko';

/** A name as it is written, and in the letters of an e-mail address. */
export interface Name {
  readonly written: string;
  readonly ascii: string;
}

export interface City {
  readonly city: string;
  readonly state: string | null;
}

/** Letters that no decomposition takes apart. */
const LETTERS: Record<string, string> = { ß: 'ss', ø: 'o', ł: 'l', đ: 'd', ı: 'i', æ: 'ae', œ: 'oe', þ: 'th', ð: 'd' };

const toAscii = (name: string): string =>
  name
    .toLowerCase()
    .normalize('NFD')
    .replaceAll(/[ßøłđıæœþð]/g, (letter) => LETTERS[letter]!)
    .replaceAll(/[^a-z-]/g, '');

/** Names separated by blanks, `_` for a blank; `written:ascii` where the script is another. */
const names = (list: string): Name[] =>
  list.split(/\s+/).map((entry) => {
    const [written, ascii] = entry.replaceAll('_', ' ').split(':') as [string, string?];
    return { written, ascii: ascii ?? toAscii(written) };
  });

/** Cities separated by commas, `City/State`. */
const cities = (list: string): City[] =>
  list.split(/,\s+/).map((entry) => {
    const [city, state = null] = entry.split('/') as [string, string?];
    return { city, state };
  });

/**
 * The usual names and cities first. The lists of `@faker-js/faker` are no substitute: they go by the alphabet, its French, Brazilian and
 * British surnames have no accents, Japanese, Chinese and Korean ones no spelling for an e-mail address, and its cities no state.
 */
export const LOCALES: readonly Locale[] = [
  {
    weight: 34,
    language: 'en',
    country: 'US',
    currency: 'USD',
    phone: '+1-###-555-01##',
    firstNames: names(
      `James Mary Michael Jennifer Robert Linda David Elizabeth Daniel Jessica Christopher Sarah Matthew Ashley Anthony Emily
      Joshua Amanda Andrew Melissa Kevin Stephanie Brian Nicole Jason Rachel Tyler Megan Brandon Hannah Aaliyah DeShawn
      Malik Latoya José María Carlos Sofia Ethan Olivia Noah Emma Liam Ava`,
    ),
    lastNames: names(
      `Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez Lopez Wilson Anderson Thomas Taylor
      Moore Jackson Martin Lee Thompson White Harris Clark Lewis Robinson Walker Young Allen King Wright Scott Hill Green Adams
      Nelson Baker Campbell Mitchell O'Brien O'Connor McCarthy Nguyen Washington Peña Núñez`,
    ),
    cities: cities(
      `New York/NY, San Francisco/CA, Los Angeles/CA, Chicago/IL, Austin/TX, Boston/MA, Seattle/WA, Denver/CO, Atlanta/GA,
      Miami/FL, Portland/OR, Houston/TX, Philadelphia/PA, St. Louis/MO, Winston-Salem/NC, Boise/ID`,
    ),
  },
  {
    weight: 9,
    language: 'en',
    country: 'GB',
    currency: 'GBP',
    phone: '+44 7700 900###',
    firstNames: names(
      `Oliver Amelia George Isla Harry Ava Jack Freya Alfie Poppy Rhys Siân Callum Niamh Siobhán Graham Gillian Nigel Imogen
      Tamsin Angus Fiona Hamza Ayesha Priya Kwame`,
    ),
    lastNames: names(
      `Smith Jones Taylor Davies Evans Thomas Johnson Roberts Walker Wright Robinson Hughes Edwards Green Patel Khan Begum
      MacDonald Campbell O'Neill Ó_Briain Featherstone-Hughes Clarke Shaw`,
    ),
    cities: cities(
      'London, Manchester, Birmingham, Leeds, Glasgow, Edinburgh, Bristol, Cardiff, Belfast, Stoke-on-Trent',
    ),
  },
  {
    weight: 12,
    language: 'de',
    country: 'DE',
    currency: 'EUR',
    phone: '+49 30 23125 ###',
    firstNames: names(
      `Lukas Anna Jonas Lena Felix Laura Maximilian Julia Paul Sophie Jürgen Björn Käthe Jörg Günther Annegret Sören Zoë
      Karl-Heinz Ann-Kathrin Mehmet Ayşe Matthias Sabine Tobias Katrin`,
    ),
    lastNames: names(
      `Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch Bauer Richter Klein Wolf
      Schröder Neumann Schwarz Zimmermann Groß Weiß Strauß Jäger Vögele Yılmaz von_der_Heide Özdemir Kühn-Petersen Köhler`,
    ),
    cities: cities(
      `Berlin/BE, Hamburg/HH, München/BY, Köln/NW, Frankfurt am Main/HE, Stuttgart/BW, Düsseldorf/NW, Leipzig/SN, Nürnberg/BY,
      Münster/NW`,
    ),
  },
  {
    weight: 8,
    language: 'fr',
    country: 'FR',
    currency: 'EUR',
    phone: '+33 1 99 00 ## ##',
    firstNames: names(
      `Léa Lucas Chloé Hugo Manon Théo Camille Louis Zoé Jérôme Hélène François Anaïs Benoît Gaëlle Cédric Aurélie Noël
      Jean-Baptiste Marie-Hélène Éloïse Ousmane Inès Mathieu`,
    ),
    lastNames: names(
      `Martin Bernard Dubois Thomas Robert Petit Durand Leroy Moreau Simon Lefèvre Garnier Chevalier François Mercier Gauthier
      Besançon D'Alembert de_la_Fontaine Le_Goff Benaïssa Traoré Lemaître`,
    ),
    cities: cities('Paris, Lyon, Marseille, Toulouse, Nantes, Montpellier, Strasbourg, Saint-Étienne, Orléans, Lille'),
  },
  {
    weight: 8,
    language: 'es',
    country: 'ES',
    currency: 'EUR',
    phone: '+34 900 00# ###',
    firstNames: names(
      `José María Antonio Carmen Álvaro Lucía Sergio Inés Ángel Sofía Iván Begoña Íñigo Nuria Raúl Mónica Joaquín Ainhoa Martín
      Rocío Andrés Verónica`,
    ),
    lastNames: names(
      `García Rodríguez González Fernández López Martínez Sánchez Pérez Gómez Martín Jiménez Ruiz Hernández Díaz Muñoz Ibáñez
      Núñez Peña Ordóñez de_la_Cruz Etxeberria García-Lorca`,
    ),
    cities: cities('Madrid, Barcelona, Valencia, Sevilla, Málaga, Bilbao, Zaragoza, A Coruña, Córdoba, Cádiz'),
  },
  {
    weight: 6,
    language: 'pt',
    country: 'BR',
    currency: 'BRL',
    phone: '+55 11 5550-0###',
    firstNames: names(
      `João Ana Pedro Maria Lucas Beatriz Gabriel Letícia Thiago Júlia Vinícius Luísa Antônio Fernanda Caio Débora Otávio Inês
      Estêvão Conceição`,
    ),
    lastNames: names(
      `Silva Santos Oliveira Souza Rodrigues Ferreira Alves Pereira Lima Gomes Araújo Conceição Guimarães Magalhães Brandão
      Gonçalves dos_Santos da_Silva`,
    ),
    cities: cities(
      'São Paulo/SP, Rio de Janeiro/RJ, Belo Horizonte/MG, Brasília/DF, Curitiba/PR, Porto Alegre/RS, Florianópolis/SC',
    ),
  },
  {
    weight: 4,
    language: 'pl',
    country: 'PL',
    currency: 'PLN',
    phone: '+48 22 555 0# ##',
    firstNames: names(
      'Jakub Zuzanna Szymon Małgorzata Paweł Agnieszka Łukasz Katarzyna Michał Żaneta Stanisław Bożena Krzysztof Grażyna',
    ),
    lastNames: names(
      'Nowak Kowalski Wiśniewski Wójcik Kowalczyk Kamiński Lewandowski Zieliński Szymański Woźniak Dąbrowski Kozłowski Łuczak Żak',
    ),
    cities: cities('Warszawa, Kraków, Łódź, Wrocław, Poznań, Gdańsk'),
  },
  {
    weight: 4,
    language: 'en',
    country: 'SE',
    currency: 'SEK',
    phone: '+46 8 465 004 ##',
    firstNames: names('Erik Åsa Björn Malin Göran Märta Øyvind Sølvi Søren Kjærsti Jón Þóra Mikko Päivi Väinö Jännine'),
    lastNames: names(
      'Andersson Johansson Åkesson Söderström Sjögren Björklund Lindqvist Hansen Jørgensen Ødegård Guðmundsdóttir Mäkinen Korhonen',
    ),
    cities: cities('Stockholm, Göteborg, Malmö, Umeå, Linköping, Örebro'),
  },
  {
    weight: 6,
    language: 'en',
    country: 'IN',
    currency: 'INR',
    phone: '+91 22 5550 ####',
    firstNames: names(
      `Aarav Priya Arjun Ananya Rohan Kavya Vikram Sneha Sanjay Deepa Rahul Lakshmi Karthik Meera Imran Fatima Gurpreet Harpreet`,
    ),
    lastNames: names(
      'Sharma Patel Singh Kumar Gupta Reddy Iyer Nair Khan Das Banerjee Chatterjee Rao Mehta Kaur Joshi Subramanian Pillai',
    ),
    cities: cities('Bengaluru/KA, Hyderabad/TG, Mumbai/MH, Pune/MH, Chennai/TN, Delhi/DL, Kolkata/WB'),
  },
  {
    weight: 2,
    language: 'en',
    country: 'VN',
    currency: 'VND',
    phone: '+84 28 5550 ####',
    firstNames: names('Anh Dũng Hương Linh Đức Thảo Tuấn Nguyệt Quỳnh Phúc Thị_Mai Văn_Hùng'),
    lastNames: names('Nguyễn Trần Lê Phạm Hoàng Võ Đặng Bùi Đỗ Hồ Dương'),
    cities: cities('Hà Nội, TP. Hồ Chí Minh, Đà Nẵng'),
  },
  {
    weight: 2,
    language: 'en',
    country: 'CZ',
    currency: 'CZK',
    phone: '+420 555 0## ###',
    firstNames: names('Jiří Tereza Ondřej Kateřina Tomáš Eliška Matěj Růžena Zdeněk Markéta Vojtěch Šárka'),
    lastNames: names('Novák Svoboda Dvořák Černý Procházka Kučera Veselý Horák Němec Říha Šťastný Žižka'),
    cities: cities('Praha, Brno, Ostrava, Plzeň, České Budějovice'),
  },
  {
    weight: 2,
    language: 'ja',
    country: 'JP',
    currency: 'JPY',
    phone: '+81 3-5550-####',
    firstNames: names(
      '太郎:taro 花子:hanako 翔太:shota 陽菜:hina 健一:kenichi 美咲:misaki 大輔:daisuke さくら:sakura 蓮:ren 結衣:yui 直樹:naoki ユカリ:yukari',
    ),
    lastNames: names(
      '佐藤:sato 鈴木:suzuki 高橋:takahashi 田中:tanaka 伊藤:ito 渡辺:watanabe 山本:yamamoto 中村:nakamura 小林:kobayashi 加藤:kato 吉田:yoshida',
    ),
    cities: cities('東京, 大阪, 横浜, 名古屋, 福岡, 札幌'),
  },
  {
    weight: 2,
    language: 'zh',
    country: 'CN',
    currency: 'CNY',
    phone: '+86 10 5550 ####',
    firstNames: names(
      '伟:wei 芳:fang 娜:na 敏:min 静:jing 磊:lei 洋:yang 秀英:xiuying 志强:zhiqiang 丽华:lihua 建国:jianguo 欣怡:xinyi',
    ),
    lastNames: names(
      '王:wang 李:li 张:zhang 刘:liu 陈:chen 杨:yang 赵:zhao 黄:huang 周:zhou 吴:wu 欧阳:ouyang 司马:sima',
    ),
    cities: cities('上海, 北京, 深圳, 杭州, 成都, 广州'),
  },
  {
    weight: 1,
    language: 'ko',
    country: 'KR',
    currency: 'KRW',
    phone: '+82 2-5550-####',
    firstNames: names('민준:minjun 서연:seoyeon 지훈:jihoon 수빈:subin 현우:hyunwoo 지은:jieun 도윤:doyun 하은:haeun'),
    lastNames: names('김:kim 이:lee 박:park 최:choi 정:jung 강:kang 조:cho 윤:yoon'),
    cities: cities('서울, 부산, 대전, 인천'),
  },
];
