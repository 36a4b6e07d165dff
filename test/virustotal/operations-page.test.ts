import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import test from 'node:test';
import * as writes from '../../src/virustotal/writes.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { createTestClient } from '../support/scripted-api.ts';

interface Row {
  readonly number: string;
  readonly method: string;
  readonly path: string;
  readonly names: readonly string[];
  readonly file: string;
}

const PAGE = readFileSync(new URL('../../src/virustotal/OPERATIONS.md', import.meta.url), 'utf8');
const ROWS = PAGE.split('\n')
  .filter((line) => /^\| (?:\d+|–) +\|/u.test(line))
  .map(toRow);

/** Paths and methods of the vendor's OpenAPI description of group administration (its edition of 2025), and nothing else of it. */
const DESCRIBED: Readonly<Record<string, readonly string[]>> = JSON.parse(
  readFileSync(new URL('openapi-operations.json', import.meta.url), 'utf8'),
);

/** What a client has besides operations. */
const OTHERS = new Set(['limitedTo', 'limitHourly', 'requestsPerMinute', 'requestsMade', 'quotaRefused', 'close']);

/** Asked of the account's owner himself, and therefore no `Write`. */
const BY_OWNER = 'deleteUser';

function toRow(line: string): Row {
  const [, number = '', operation = '', methods = '', file = ''] = line.split('|').map((cell) => cell.trim());
  const [method = '', path = ''] = operation.split(' ');
  return { number, method, path, names: [...methods.matchAll(/`(\w+)`/gu)].map(([, name = '']) => name), file };
}

function namesOf(rows: readonly Row[]): readonly string[] {
  return [...new Set(rows.flatMap(({ names }) => names))].sort();
}

test('the page of operations has all that the OpenAPI description has', () => {
  const described = Object.entries(DESCRIBED).flatMap(([path, methods]) =>
    methods.map((method) => `${method.toUpperCase()} ${path}`),
  );
  const numbered = ROWS.filter(({ number }) => number !== '–');
  assert.deepEqual(numbered.map(({ method, path }) => `${method} ${path}`).sort(), described.sort());
  assert.deepEqual(
    numbered.map(({ number }) => Number(number)),
    Array.from({ length: 23 }, (_, index) => index + 1),
  );
  for (const { method, path, number } of ROWS) {
    if (number === '–') assert.ok(!described.includes(`${method} ${path}`), path);
  }
});

test('it names every method that reads and every change, and tests that exist', (t) => {
  const client = createTestClient(t, { baseUrl: 'http://127.0.0.1:1/api/v3', clock: createManualClock('2026-11-23') });
  const reads = Object.keys(client).filter((name) => !OTHERS.has(name));
  assert.deepEqual(namesOf(ROWS.filter(({ method }) => method === 'GET')), reads.sort());
  const changes = Object.entries(writes).flatMap(([name, value]) => (typeof value === 'function' ? [name] : []));
  assert.deepEqual(namesOf(ROWS.filter(({ method }) => method !== 'GET')), [...changes, BY_OWNER].sort());
  for (const { file } of ROWS) assert.ok(existsSync(new URL(file, import.meta.url)), file);
});

test('changes go where the page says', () => {
  const made: Readonly<Record<string, writes.Write>> = {
    addMember: writes.addMember('G', 'ana@harbor.example'),
    removeMember: writes.removeMember('G', 'U'),
    grantAdministrator: writes.grantAdministrator('G', 'ana@harbor.example'),
    revokeAdministrator: writes.revokeAdministrator('G', 'U'),
    revokeAdministratorRole: writes.revokeAdministratorRole('G', 'U'),
    setServiceAccountRoles: writes.setServiceAccountRoles('G', 'U', []),
    capMember: writes.capMember('U', 5),
    capServiceAccount: writes.capServiceAccount('G', 'U', 5),
    createServiceAccount: writes.createServiceAccount('G', 'siem'),
    setAutoJoin: writes.setAutoJoin('G', []),
  };
  for (const { names, method, path } of ROWS.filter((row) => row.method !== 'GET')) {
    for (const name of names.filter((one) => one !== BY_OWNER)) {
      const write = made[name];
      const parts = write?.path.map((part, index) => (index === 1 ? '{id}' : part === 'U' ? '{user_id}' : part));
      assert.deepEqual([write?.method, `/${parts?.join('/')}`], [method, path], name);
    }
  }
});
