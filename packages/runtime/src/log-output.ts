import { writeSync } from 'node:fs';

/** As many bytes are gathered for one system call. */
const GATHERED_BYTES = 4_096;
const FLUSH_EVERY_MS = 100;
/** What waits at most for a reader that is slow. */
const MAX_WAITING_BYTES = 1024 * 1024;
const LINE_END = 0x0a;

/**
 * Where the log's lines go. What cannot be written, because the disk is full or nobody reads any more, is lost: the service goes
 * on without its log, and once it can write again says how many lines are missing. pino's own destination throws or waits then.
 *
 * A process that ends writes what it has, if it calls {@link flush}; one that is killed outright loses a tenth of a second.
 */
export class LogOutput {
  private waiting: Buffer[] = [];
  private waitingBytes = 0;
  private lostLines = 0;
  /** Whether what was written last ends in the middle of a line whose rest is lost. */
  private isLineBroken = false;

  /** @param fd a file, a pipe or a terminal, such as 1 for standard output */
  constructor(private readonly fd: number) {
    setInterval(() => this.flush(), FLUSH_EVERY_MS).unref();
  }

  /** Takes a line, its end included. Never throws. */
  write(line: string): void {
    const bytes = Buffer.from(line);
    if (this.waitingBytes + bytes.length > MAX_WAITING_BYTES) this.lostLines += 1;
    else this.append(bytes);
    if (this.waitingBytes >= GATHERED_BYTES) this.flush();
  }

  /** Writes what waits, as far as that is possible at once. Never throws. */
  flush(): void {
    if (this.waitingBytes === 0) return;
    const repair = this.isLineBroken ? '\n' : '';
    const bytes = Buffer.concat([Buffer.from(repair), ...this.waiting]);
    const { written, error } = this.writeAll(bytes);
    let rest = bytes.subarray(written);
    if (written > 0) this.isLineBroken = false;
    // A reader that is slow gets the rest with the next turn.
    if (error && error.code !== 'EAGAIN') {
      this.lostLines += lineEnds(bytes.subarray(Math.max(written, repair.length)));
      if (written > 0) this.isLineBroken = bytes[written - 1] !== LINE_END;
      rest = Buffer.alloc(0);
    }
    this.waiting = rest.length > 0 ? [rest] : [];
    this.waitingBytes = rest.length;
    if (!error) this.tellOfLostLines();
  }

  private writeAll(bytes: Buffer): { written: number; error?: NodeJS.ErrnoException } {
    let written = 0;
    try {
      while (written < bytes.length) written += writeSync(this.fd, bytes, written);
      return { written };
    } catch (error) {
      return { written, error: error as NodeJS.ErrnoException };
    }
  }

  private tellOfLostLines(): void {
    if (this.lostLines === 0) return;
    const line = { level: 'warn', time: new Date().toISOString(), lost: this.lostLines, msg: 'log lines lost' };
    this.lostLines = 0;
    this.append(Buffer.from(`${JSON.stringify(line)}\n`));
  }

  private append(bytes: Buffer): void {
    this.waiting.push(bytes);
    this.waitingBytes += bytes.length;
  }
}

const lineEnds = (bytes: Buffer): number => bytes.filter((byte) => byte === LINE_END).length;
