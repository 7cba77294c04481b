// Leaves of the manifests' devDependencies only what compiles: images neither test nor lint. The dashboard's are all for its build,
// and gone from the image with the others.
// Run by the Dockerfile, on its copy of the repository.
import { globSync, readFileSync, writeFileSync } from 'node:fs';

const compiles = (name) => name === 'typescript' || name.startsWith('@types/');

for (const file of ['package.json', ...globSync('{apps,packages}/*/package.json')]) {
  const { devDependencies = {}, ...manifest } = JSON.parse(readFileSync(file, 'utf8'));
  if (file.startsWith('apps/dashboard/')) continue;
  manifest.devDependencies = Object.fromEntries(Object.entries(devDependencies).filter(([name]) => compiles(name)));
  writeFileSync(file, `${JSON.stringify(manifest, undefined, 2)}\n`);
}
