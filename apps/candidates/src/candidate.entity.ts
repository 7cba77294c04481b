import type { Candidate, CandidateStatus } from '@nexivo/contracts/candidates';
import { CANDIDATE_FIELDS } from '@nexivo/search/candidate-fields';
import { derivedSearch } from '@nexivo/search/vector';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A row of `candidates`. Its members are named as the API names them. */
@Entity('candidates')
export class CandidateEntity {
  @PrimaryColumn('uuid') account_id!: string;
  @PrimaryColumn('uuid') id!: string;
  @Column('int', { default: 1 }) version!: number;
  @Column('text') first_name!: string;
  @Column('text') last_name!: string;
  @Column('text', { nullable: true }) email!: string | null;
  @Column('text', { nullable: true }) phone!: string | null;
  @Column('text', { nullable: true }) current_title!: string | null;
  @Column('text', { nullable: true }) current_company!: string | null;
  @Column('text', { nullable: true }) city!: string | null;
  @Column('text', { nullable: true }) state!: string | null;
  @Column('text', { nullable: true }) country!: string | null;
  @Column('text') status!: CandidateStatus;
  @Column('text', { nullable: true }) source!: string | null;
  @Column('text', { array: true }) skills!: string[];
  @Column('text', { array: true }) tags!: string[];
  @Column('text', { nullable: true }) linkedin_url!: string | null;
  @Column('text', { nullable: true }) website_url!: string | null;
  @Column('text', { nullable: true }) summary!: string | null;
  @Column('text', { nullable: true }) external_id!: string | null;
  @Column('jsonb') custom_fields!: Candidate['custom_fields'];
  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' }) created_at!: Date;
  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' }) updated_at!: Date;
  /** What `q` searches; written, and never read. */
  @Column('tsvector', { select: false }) search?: string;
}

/** What the API shows of a row. */
export const toCandidate = ({ account_id: _, version: __, search: ___, ...row }: CandidateEntity): Candidate => ({
  ...row,
  created_at: row.created_at.toISOString(),
  updated_at: row.updated_at.toISOString(),
});

/** For the finders, for changes, and for errors about it. */
export const CANDIDATE = {
  entity: CandidateEntity,
  name: 'candidate',
  toResource: toCandidate,
  derived: derivedSearch<CandidateEntity>(CANDIDATE_FIELDS),
  isSynchronized: true,
};
