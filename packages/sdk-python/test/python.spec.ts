import { describe, expect, it } from '@jest/globals';
import { hasPython, runModule, WITHOUT_PYTHON } from './python.js';

const describeIfThere = hasPython ? describe : describe.skip;

describeIfThere(hasPython ? 'the Python library' : `the Python library ${WITHOUT_PYTHON}`, () => {
  it('does in both of its clients what its own tests say', async () => {
    expect(await runModule(['pytest', '-q', '-p', 'no:cacheprovider', 'tests'])).toMatch(/ passed/);
  });

  it('is typed, strictly', async () => {
    expect(await runModule(['mypy', '--cache-dir=reports/mypy', 'src', 'tests', 'examples'])).toContain('Success');
  });

  it('refuses what the document refuses', async () => {
    const told = await runModule(['mypy', '--cache-dir=reports/mypy', 'test/wrong.py'], { MYPYPATH: 'src' }).catch(
      (error: Error) => error.message,
    );
    const lines = [...told.matchAll(/wrong\.py:(\d+): error/g)].map(([, line]) => Number(line));
    expect([...new Set(lines)]).toEqual([9, 11, 13, 15, 17, 20]);
  });
});
