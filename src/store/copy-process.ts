/**
 * Checks every page and every index of a database and copies it, in a process of its own: both take seconds for each hundred megabytes,
 * during which the daemon must answer, and nobody can interrupt them but by ending the process. Arguments: the database, and where the copy
 * goes, if any. What is wrong is printed as a sentence.
 */
import { copyDatabase, openForCopy } from './database.ts';
import { DAMAGED_EXIT, FAILED_EXIT } from './exits-of-copy.ts';
import { toStoreError } from './store-error.ts';

const [, , path = '', target = ''] = process.argv;

try {
  const database = openForCopy(path);
  const [first] = database.prepare('PRAGMA integrity_check(1)').all();
  if (first?.['integrity_check'] !== 'ok') process.exitCode = DAMAGED_EXIT;
  else if (target !== '') copyDatabase(database, target);
  database.close();
} catch (error) {
  const worded = toStoreError(path, error);
  process.stdout.write(worded instanceof Error ? worded.message : String(worded));
  process.exitCode = FAILED_EXIT;
}
