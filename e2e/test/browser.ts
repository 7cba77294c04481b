import { existsSync } from 'node:fs';
import chromiumOfNpm from '@sparticuz/chromium';
import { type Browser, chromium } from 'playwright-core';

const OF_DEBIAN = '/usr/bin/chromium';

/**
 * Opens a browser: the one that `CHROME_PATH` names, Debian's if it is installed, or the one that comes by npm. That one's own
 * arguments are left out, because they switch off web security. Names below `.test` are this machine's: browsers treat no page of
 * theirs over plain http as they do one of localhost.
 */
export async function openBrowser(): Promise<Browser> {
  const named = process.env['CHROME_PATH'] || (existsSync(OF_DEBIAN) ? OF_DEBIAN : undefined);
  return chromium.launch({
    executablePath: named ?? (await chromiumOfNpm.executablePath()),
    args: ['--host-resolver-rules=MAP *.test 127.0.0.1', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
  });
}
