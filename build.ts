// Copies what the compiler does not: templates, rule documents, scenarios. Run by `npm run build` after tsc.
import { cp, glob } from 'node:fs/promises';

const PATTERNS = ['templates/**/*.hbs', 'rules/*.md', 'src/**/*.json'];

for (const pattern of PATTERNS) {
  for await (const file of glob(pattern)) await cp(file, `dist/${file}`);
}
await cp('package.json', 'dist/package.json');
