import { readdirSync } from 'node:fs';
import { keepStrippedSource, prepareRuntime } from './runtime.ts';

/**
 * A program of its own that loads whatever a daemon loads, and ends. Removing the types takes 20 MB that a process never gets rid of: it
 * is done here, once, instead of in a daemon that stays for months.
 */
prepareRuntime('daemon');
keepStrippedSource();
const rules = new URL('../rules/', import.meta.url);
await Promise.all([
  import('./main.ts'),
  import('./commands/start.ts'),
  import('got'),
  import('nodemailer'),
  ...readdirSync(rules)
    .filter((name) => name.endsWith('.ts'))
    .map((name) => import(new URL(name, rules).href)),
]);
