import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { lockDaemon } from '../../src/store/daemon-lock.ts';
import { temporaryFolder } from '../support/store-builder.ts';

test('a lock that cannot be made is told as what people know: the database', (t) => {
  const file = join(temporaryFolder(t), 'data');
  writeFileSync(file, '');
  assert.throws(
    () => lockDaemon(join(file, 'audit.db')),
    /The database \S+audit\.db cannot be created: a part of its path is a file/u,
  );
});
