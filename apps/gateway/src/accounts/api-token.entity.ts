import type { ApiToken } from '@nexivo/contracts/accounts';
import { parsePrincipal } from '@nexivo/contracts/principal';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A row of `api_tokens`: what is needed to recognise a token, never the token. */
@Entity('api_tokens')
export class ApiTokenEntity {
  @PrimaryColumn('uuid') account_id!: string;
  @PrimaryColumn('uuid') id!: string;
  /** Of a personal token; its scopes count as far as this person's role allows them. */
  @Column('uuid', { nullable: true }) user_id!: string | null;
  @Column('text') name!: string;
  @Column('bytea') digest!: Buffer;
  @Column('int') pepper_version!: number;
  @Column('text') prefix!: string;
  @Column('text') last_four!: string;
  @Column('text', { array: true }) scopes!: ApiToken['scopes'];
  @Column({ type: 'timestamptz', precision: 3, nullable: true }) expires_at!: Date | null;
  /** When `expires_at` was last decided on by somebody; at creation, if `null`. */
  @Column({ type: 'timestamptz', precision: 3, nullable: true }) expiry_set_at!: Date | null;
  @Column({ type: 'timestamptz', precision: 3, nullable: true }) revoked_at!: Date | null;
  @Column('uuid', { nullable: true }) rotated_to!: string | null;
  @Column({ type: 'timestamptz', precision: 3, nullable: true }) last_used_at!: Date | null;
  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' }) created_at!: Date;
  /** Moves with what people change, not with use. */
  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' }) updated_at!: Date;
  /** A principal as one word; `null` in the oldest rows. */
  @Column('text', { nullable: true }) created_by!: string | null;
}

/** What operators see of a row. */
export const toApiToken = (row: ApiTokenEntity): ApiToken => ({
  id: row.id,
  account_id: row.account_id,
  user_id: row.user_id,
  name: row.name,
  scopes: row.scopes,
  prefix: row.prefix,
  last_four: row.last_four,
  expires_at: row.expires_at?.toISOString() ?? null,
  revoked_at: row.revoked_at?.toISOString() ?? null,
  rotated_to: row.rotated_to,
  last_used_at: row.last_used_at?.toISOString() ?? null,
  created_at: row.created_at.toISOString(),
  created_by: row.created_by === null ? null : parsePrincipal(row.created_by),
});
