import { accessSync, constants } from 'node:fs';
import { z } from 'zod';

/** Servers of the bus in an environment variable, separated by commas; user and password in the first. */
const servers = z
  .string()
  .transform((value) => value.split(',').map((part) => part.trim()))
  .pipe(z.array(z.url({ protocol: /^(nats|tls)$/, error: 'must be a URL such as nats://user:password@host:4222' })));

const readableFile = z
  .string()
  .refine((path) => {
    try {
      accessSync(path, constants.R_OK);
      return true;
    } catch {
      return false;
    }
  }, 'must be a file that this process may read')
  .optional();

/** Letters, digits, `-` and `_`, in one part or several with a dot between them. */
const prefix = z
  .string()
  .regex(/^[\w-]+(\.[\w-]+)*$/, 'must be letters, digits, - and _, and may have dots between them')
  .max(100)
  .optional();

/** How the bus is reached, from the environment, by the names that the `nats` command line has for the same. */
export const busSettings = {
  /** Servers, separated by commas; user and password, if it takes these, in the first. `tls://` asks for TLS. */
  NATS_URL: servers,
  NATS_TOKEN: z.string().optional(),
  /** A file of credentials: a user's JWT and its seed. It is read again for each connection. */
  NATS_CREDS: readableFile,
  /** A file with the seed of an NKEY. It is read again for each connection. */
  NATS_NKEY: readableFile,
  /** The client's certificate, its key, and the authorities by one of which the server's is signed: PEM. Each asks for TLS. */
  NATS_CERT: readableFile,
  NATS_KEY: readableFile,
  NATS_CA: readableFile,
  /** Below which subject replies are received; `_INBOX_<user>` where NATS_URL has a user, otherwise `_INBOX`. */
  NATS_INBOX_PREFIX: prefix,
  /** In front of each subject, stream and consumer, so that several installations, or other products, can share an account. */
  NATS_PREFIX: prefix,
  /** The JetStream domain that has the stream, where the server is a leaf node without JetStream. */
  NATS_JS_DOMAIN: prefix,
};

/** What {@link busSettings} make of the environment. What is left out of it has its default. */
export type BusSettings = z.output<z.ZodObject<typeof busSettings>>;

/** Hosts and ports, which may be told, unlike the rest of the URLs. */
export const placeOf = ({ NATS_URL }: BusSettings): string =>
  NATS_URL.map((server) => URL.parse(server)?.host ?? '?').join(',');

/** What is called differently on a server where everything of ours has a prefix. */
export class BusNames {
  private readonly subjectPrefix: string;
  private readonly namePrefix: string;

  constructor(given?: string) {
    this.subjectPrefix = given === undefined ? '' : `${given}.`;
    // The name of a stream or a consumer has no dots.
    this.namePrefix = given === undefined ? '' : `${given.replaceAll('.', '-')}-`;
  }

  /** Of a subject of ours, as it is on the bus. */
  subject(plain: string): string {
    return `${this.subjectPrefix}${plain}`;
  }

  /** Of a subject on the bus, without the prefix. */
  plainSubject(subject: string): string {
    return subject.startsWith(this.subjectPrefix) ? subject.slice(this.subjectPrefix.length) : subject;
  }

  /** Of a stream or a consumer. */
  name(plain: string): string {
    return `${this.namePrefix}${plain}`;
  }
}
