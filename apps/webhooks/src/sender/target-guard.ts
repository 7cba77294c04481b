import { withTimeLimit } from '@nexivo/runtime/time-limit';
import { isIP, type LookupFunction } from 'node:net';
import { DomainError } from '@nexivo/bus/domain-error';
import { isIn, isPublic, type Network, parseAddress } from './public-address.js';
import type { Addresses, Resolve } from './resolver.js';

/** What the operator allows beyond https to public addresses. */
export interface TargetRules {
  /** http, and every address. */
  readonly allowInsecure: boolean;
  /** Networks that may be reached although they are not public. */
  readonly allowlist: readonly Network[];
}

/** A request to a forbidden target. The message is for the webhook's owner and names no address. */
export class TargetNotAllowed extends Error {
  override readonly name = 'TargetNotAllowed';
  readonly code = 'ERR_TARGET_NOT_ALLOWED';
}

/** For how long a registration waits for the look-up of its host. */
const CHECK_TIMEOUT_MS = 3_000;

/**
 * Decides where deliveries may go, so that nobody can make this service call into the operator's network (SSRF). It checks the
 * address, not the name: sockets use {@link lookup}, so the address that is dialled is the one that was checked, whatever the
 * name resolves to next time.
 */
export class TargetGuard {
  /** Look-ups under way: the requests to one host share one. */
  private readonly resolving = new Map<string, Promise<Addresses>>();

  constructor(
    private readonly rules: TargetRules,
    private readonly resolve: Resolve,
  ) {}

  /**
   * Refuses a URL that deliveries may not go to, at registration. A host that cannot be looked up just now is allowed: every
   * attempt is checked again.
   *
   * @throws DomainError `validation_failed` for the field `url`
   */
  async check(url: string): Promise<void> {
    try {
      await this.assertAllowed(url);
    } catch (error) {
      if (!(error instanceof TargetNotAllowed)) throw error;
      throw DomainError.invalid({ field: 'url', code: 'target_not_allowed', message: error.message });
    }
  }

  /**
   * As {@link check}, for what somebody else looks up and dials.
   *
   * @throws TargetNotAllowed
   */
  async assertAllowed(url: string): Promise<void> {
    const { hostname } = this.parse(url);
    if (!addressIn(hostname)) await this.checkAddresses(hostname);
  }

  /**
   * Parses a URL as it will be dialled, and checks all that needs no look-up. An address in place of a name is checked here,
   * because Node never looks it up.
   *
   * @throws TargetNotAllowed
   */
  parse(url: string): URL {
    if (!URL.canParse(url)) throw new TargetNotAllowed('must be a URL');
    const parsed = new URL(url);
    if (parsed.protocol !== 'https:' && !(parsed.protocol === 'http:' && this.rules.allowInsecure)) {
      throw new TargetNotAllowed('must use https');
    }
    if (parsed.username || parsed.password) throw new TargetNotAllowed('must not contain a user name or password');
    const address = addressIn(parsed.hostname);
    if (address && !this.isAllowed(address)) throw new TargetNotAllowed('must not name an address that is not public');
    return parsed;
  }

  /** For `net.connect` and `tls.connect`: fails unless every address of the host is allowed, and hands on only those. */
  readonly lookup: LookupFunction = (hostname, { all }, callback) => {
    this.resolveAllowed(hostname).then(
      (addresses) => (all ? callback(null, [...addresses]) : callback(null, addresses[0].address, addresses[0].family)),
      (error: NodeJS.ErrnoException) => callback(error, ''),
    );
  };

  private async resolveAllowed(hostname: string): Promise<Addresses> {
    const addresses = await this.resolveOnce(hostname);
    if (!addresses.every(({ address }) => this.isAllowed(address))) {
      throw new TargetNotAllowed('must not name a host that has an address that is not public');
    }
    return addresses;
  }

  private resolveOnce(hostname: string): Promise<Addresses> {
    const underWay = this.resolving.get(hostname);
    if (underWay) return underWay;
    const resolving = this.resolve(hostname).finally(() => this.resolving.delete(hostname));
    this.resolving.set(hostname, resolving);
    return resolving;
  }

  private async checkAddresses(hostname: string): Promise<void> {
    try {
      await withTimeLimit(this.resolveAllowed(hostname), CHECK_TIMEOUT_MS);
    } catch (error) {
      // A name that is unknown now, or not found in time, may be known at the next attempt, which checks it.
      if (error instanceof TargetNotAllowed) throw error;
    }
  }

  private isAllowed(text: string): boolean {
    if (this.rules.allowInsecure) return true;
    const address = parseAddress(text);
    if (!address) return false;
    return isPublic(address) || this.rules.allowlist.some((network) => isIn(address, network));
  }
}

/** The address that a URL's host is, if it is one. The parser has turned every spelling of IPv4 into the usual one. */
function addressIn(hostname: string): string | undefined {
  const bare = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  return isIP(bare) === 0 ? undefined : bare;
}
