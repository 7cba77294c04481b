import type { Account, Plan } from '@nexivo/contracts/accounts';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A row of `accounts`. */
@Entity('accounts')
export class AccountEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('text') name!: string;
  @Column('text') plan!: Plan;
  @Column('int', { nullable: true }) requests_per_minute!: number | null;
  @Column('int', { nullable: true }) requests_per_day!: number | null;
  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' }) created_at!: Date;
}

/** What operators see of a row. */
export const toAccount = (row: AccountEntity): Account => ({ ...row, created_at: row.created_at.toISOString() });
