import { existsSync } from 'node:fs';
import chromiumOfNpm from '@sparticuz/chromium';
import { type Browser, chromium } from 'playwright-core';

const OF_DEBIAN = '/usr/bin/chromium';

/**
 * Opens a browser: the one that `CHROME_PATH` names, Debian's if it is installed, or the one that comes by npm. That one's own
 * arguments are left out, because they switch off web security.
 */
export async function openBrowser(): Promise<Browser> {
  const named = process.env['CHROME_PATH'] || (existsSync(OF_DEBIAN) ? OF_DEBIAN : undefined);
  return chromium.launch({
    executablePath: named ?? (await chromiumOfNpm.executablePath()),
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
}
