import { createAccount, createOperator, createUser, type KeyPair } from '@nats-io/nkeys';

/** An operator with one account, as `nsc` would make them: what a server has to know, and credentials of users. */
export interface NatsOperator {
  /** Lines of the server's configuration. */
  readonly config: string;
  /** The content of a `.creds` file of a new user of the account. */
  credentials(name: string): string;
}

const UNLIMITED = { subs: -1, data: -1, payload: -1 };
const OF_AN_ACCOUNT = {
  ...UNLIMITED,
  imports: -1,
  exports: -1,
  wildcards: true,
  conn: -1,
  leaf: -1,
  mem_storage: -1,
  disk_storage: -1,
  streams: -1,
  consumer: -1,
};

/** Makes an operator whose account may use JetStream without limits. */
export function natsOperator(): NatsOperator {
  const [operator, account, system] = [createOperator(), createAccount(), createAccount()];
  const jwtOfAccount = (name: string, of: KeyPair, limits: object): string =>
    jwt(operator, of, name, { type: 'account', limits, default_permissions: { pub: {}, sub: {} } });
  const systemLimits = { ...OF_AN_ACCOUNT, mem_storage: 0, disk_storage: 0, streams: 0, consumer: 0 };
  return {
    config: `
      operator: ${jwt(operator, operator, 'operator', { type: 'operator' })}
      system_account: ${system.getPublicKey()}
      resolver: MEMORY
      resolver_preload: {
        ${account.getPublicKey()}: ${jwtOfAccount('products', account, OF_AN_ACCOUNT)}
        ${system.getPublicKey()}: ${jwtOfAccount('SYS', system, systemLimits)}
      }`,
    credentials: (name) => {
      const user = createUser();
      const token = jwt(account, user, name, { type: 'user', ...UNLIMITED, pub: {}, sub: {} });
      const seed = new TextDecoder().decode(user.getSeed());
      return `-----BEGIN NATS USER JWT-----
${token}
------END NATS USER JWT------

-----BEGIN USER NKEY SEED-----
${seed}
------END USER NKEY SEED------
`;
    },
  };
}

/** A claim about a key, in the form of NATS (version 2), signed by another one. */
function jwt(issuer: KeyPair, subject: KeyPair, name: string, nats: object): string {
  const claims = {
    jti: name,
    iat: Math.floor(Date.now() / 1000),
    iss: issuer.getPublicKey(),
    name,
    sub: subject.getPublicKey(),
    nats: { ...nats, version: 2 },
  };
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  const body = `${encode({ typ: 'JWT', alg: 'ed25519-nkey' })}.${encode(claims)}`;
  return `${body}.${Buffer.from(issuer.sign(Buffer.from(body))).toString('base64url')}`;
}
