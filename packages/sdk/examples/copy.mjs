import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { Nexivo } from '@nexivo/sdk';

const client = new Nexivo({ baseUrl: process.env.NEXIVO_API, token: process.env.NEXIVO_TOKEN });
const FILE = 'candidates.json';
const copy = existsSync(FILE) ? JSON.parse(readFileSync(FILE, 'utf8')) : { rows: {}, state: {} };

// Whenever it is run, and wherever it is stopped, it goes on from the state that was kept, and misses nothing.
for await (const { rows, state } of client.sync.candidates(copy.state)) {
  for (const row of rows) copy.rows[row.id] = row;
  copy.state = state;
  writeFileSync(`${FILE}.new`, JSON.stringify(copy));
  renameSync(`${FILE}.new`, FILE);
}
console.log(Object.keys(copy.rows).length, 'candidates');
