/** Within what NATS lets the gateway ask and the candidates service answer. */
export const HOP_SUBJECT = 'candidates.bench_hop';

/** Which candidate. */
export interface HopQuestion {
  accountId: string;
  id: string;
}
