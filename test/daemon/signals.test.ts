import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';

const SCRIPT = join(import.meta.dirname, '..', 'support', 'busy-end.ts');

test('the end does not wait for a lookup of a name that nobody can interrupt', { timeout: 25_000 }, async (t) => {
  const child = spawn(process.execPath, [SCRIPT], { stdio: 'ignore' });
  t.after(() => child.kill('SIGKILL'));
  assert.deepEqual(await once(child, 'exit'), [3, null]);
});
