import { expect, it } from '@jest/globals';
import { serviceNames } from '../src/services.js';
import { servicesConcernedBy } from '../src/workspaces.js';

it.each([
  ['apps/jobs/src/jobs.service.ts', ['jobs']],
  ['packages/contracts/src/errors.ts', [...serviceNames]],
  ['packages/search/src/anything.ts', ['candidates', 'jobs']],
  ['packages/testing/src/world.ts', []],
  ['packages/local/src/dev.ts', []],
  ['apps/admin/src/main.ts', []],
  ['apps/jobs/test/jobs.int.spec.ts', []],
  ['apps/jobs/src/jobs.spec.ts', []],
])('a change of %s concerns %j', (file, services) => {
  expect(servicesConcernedBy(file)).toEqual(services);
});
