import { createHmac, hkdfSync, randomUUID, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { type Pepper, PEPPERS } from '../token.js';

/**
 * Marks that a device keeps for years: that a person has signed in on it. It lets nobody in. It gives that person attempts of his own,
 * whatever others try from the same address. See SignInThrottle.
 */
@Injectable()
export class KnownDevices {
  private readonly keys: readonly Buffer[];

  constructor(@Inject(PEPPERS) peppers: readonly [Pepper, ...Pepper[]]) {
    this.keys = peppers.map(({ key }) => Buffer.from(hkdfSync('sha256', key, '', 'known devices', 32)));
  }

  /** A new mark for somebody who has just proved who he is. */
  issue(userId: string): string {
    const content = `${userId}.${randomUUID()}`;
    return `${content}.${tagOf(this.keys[0]!, content).toString('base64url')}`;
  }

  /** The device of a mark, if it is ours and that person's. */
  read(mark: string | undefined, userId: string | undefined): string | undefined {
    const [owner, device, tag, ...rest] = mark?.split('.') ?? [];
    if (!owner || !device || !tag || rest.length > 0 || owner !== userId) return undefined;
    const given = Buffer.from(tag, 'base64url');
    const isOurs = this.keys.some((key) => {
      const expected = tagOf(key, `${owner}.${device}`);
      return given.length === expected.length && timingSafeEqual(given, expected);
    });
    return isOurs ? device : undefined;
  }
}

const tagOf = (key: Buffer, content: string): Buffer => createHmac('sha256', key).update(content).digest();
