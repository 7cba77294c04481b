import { hostname, userInfo } from 'node:os';

/** Who runs this program, for the audit log: `<user>@<host>`. */
export const operator = (): string => `${visible(userName())}@${visible(hostname())}`;

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // In a container the user may have a number and no name.
    return `uid-${process.getuid?.() ?? 'unknown'}`;
  }
}

/** The name travels in a message's header. */
const visible = (name: string): string => name.replaceAll(/[\p{C}\p{Z}]+/gu, '_');
