import { createHmac, createSecretKey, hkdfSync, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { Position } from '@nexivo/contracts/pagination';
import { DomainError } from '@nexivo/bus/domain-error';

/** The query parameters of a list as they were sent, but for those that choose the page. */
export type ListParameters = Readonly<Record<string, string>>;

/** What a cursor says to us; to clients it says nothing. */
export interface OpenCursor {
  readonly parameters: ListParameters;
  readonly after: Position;
}

/** Whose list a cursor continues: it is worth nothing to another account or in another list. */
export interface CursorOwner {
  readonly accountId: string;
  readonly operationId: string;
}

type Content = [ListParameters, Position['value'], id: string, syncedUntil?: string];

const TAG_BYTES = 16;

/**
 * Makes the text that clients send as `cursor`: a position in a list, with the list's sort and filters, and a tag
 * (HMAC-SHA256, 16 bytes) by which the gateways know their own, so that what is inside needs no second look.
 */
export class Cursors {
  private readonly keys: readonly KeyObject[];

  /** @param secrets newest first: one that is no longer newest still opens what it has sealed */
  constructor(secrets: readonly Buffer[]) {
    // As key objects: Node makes one of a Buffer for every single tag, which takes longer than the tag.
    this.keys = secrets.map((secret) =>
      createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', 'list cursors', 32))),
    );
  }

  seal(owner: CursorOwner, { parameters, after }: OpenCursor): string {
    const { value, id, synced_until: synced } = after;
    const content = Buffer.from(JSON.stringify([parameters, value, id, ...(synced === undefined ? [] : [synced])]));
    return Buffer.concat([tagOf(this.keys[0]!, owner, content), content]).toString('base64url');
  }

  /** @throws DomainError `validation_failed`, naming `cursor` */
  open(owner: CursorOwner, cursor: string): OpenCursor {
    const sealed = Buffer.from(cursor, 'base64url');
    const tag = sealed.subarray(0, TAG_BYTES);
    const content = sealed.subarray(TAG_BYTES);
    const isOurs =
      tag.length === TAG_BYTES && this.keys.some((key) => timingSafeEqual(tagOf(key, owner, content), tag));
    if (!isOurs || sealed.toString('base64url') !== cursor) {
      throw DomainError.invalid({
        field: 'cursor',
        code: 'invalid_cursor',
        message: 'must be meta.next_cursor of an earlier page of this list; to begin anew, send it empty',
      });
    }
    const [parameters, value, id, synced_until] = JSON.parse(content.toString()) as Content;
    return { parameters, after: { value, id, ...(synced_until !== undefined && { synced_until }) } };
  }
}

const tagOf = (key: KeyObject, { accountId, operationId }: CursorOwner, content: Buffer): Buffer =>
  createHmac('sha256', key).update(`${accountId}\n${operationId}\n`).update(content).digest().subarray(0, TAG_BYTES);
