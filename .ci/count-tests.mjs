// Prints one line, `N passed, N failed, N skipped`, counted from the report that jest wrote for each workspace.
import { globSync, readFileSync } from 'node:fs';

const reports = ['{apps,packages}/*/reports/jest.json', '{clients,demo,deploy,e2e}/reports/jest.json']
  .flatMap((pattern) => globSync(pattern))
  .map((file) => JSON.parse(readFileSync(file, 'utf8')));
const sum = (member) => reports.reduce((total, report) => total + report[member], 0);
console.log(
  `${sum('numPassedTests')} passed, ${sum('numFailedTests')} failed, ${sum('numPendingTests') + sum('numTodoTests')} skipped`,
);
