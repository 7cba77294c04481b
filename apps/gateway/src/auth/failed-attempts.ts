import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { networkOf } from '../accounts/network.js';

/** Failures in a minute after which an address is one that guesses. */
const MAX_FAILURES = 30;
const WINDOW_MS = 60_000;
const REMEMBERED_ADDRESSES = 20_000;

/**
 * Counts failed authentication by client address, so that guessing costs nothing here: from an address
 * with too many failures within a minute tokens that are not known are looked up together until that minute is over, and what is no token
 * is refused as a guess.
 */
@Injectable()
export class FailedAttempts {
  private readonly failures = new LRUCache<string, { count: number; until: number }>({ max: REMEMBERED_ADDRESSES });

  record(address: string, now = performance.now()): void {
    const network = networkOf(address);
    const window = this.failures.get(network);
    if (window && now < window.until) window.count++;
    else this.failures.set(network, { count: 1, until: now + WINDOW_MS });
  }

  /** For how long an address is refused; 0 if it is not. */
  refusedForMs(address: string, now = performance.now()): number {
    const window = this.failures.get(networkOf(address));
    return window && window.count >= MAX_FAILURES && now < window.until ? window.until - now : 0;
  }
}
