import type { ApiToken, Scope } from '@nexivo/contracts/accounts';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A row of `api_tokens`: what is needed to recognise a token, never the token. */
@Entity('api_tokens')
export class ApiTokenEntity {
  @PrimaryColumn('uuid') account_id!: string;
  @PrimaryColumn('uuid') id!: string;
  @Column('text') name!: string;
  @Column('bytea') digest!: Buffer;
  @Column('int') pepper_version!: number;
  @Column('text') last_four!: string;
  @Column('text', { array: true }) scopes!: Scope[];
  @Column({ type: 'timestamptz', precision: 3, nullable: true }) expires_at!: Date | null;
  @Column({ type: 'timestamptz', precision: 3, nullable: true }) revoked_at!: Date | null;
  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' }) created_at!: Date;
}

/** What operators see of a row. */
export const toApiToken = ({ digest: _, pepper_version: __, ...row }: ApiTokenEntity): ApiToken => ({
  ...row,
  expires_at: row.expires_at?.toISOString() ?? null,
  revoked_at: row.revoked_at?.toISOString() ?? null,
  created_at: row.created_at.toISOString(),
});
