import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { addWaivers } from '../../src/config/waiver-file.ts';
import { configFolder } from '../support/config-folder.ts';

const DAYS = { critical: 30, high: 90, medium: 180, low: 365 };

const ENTRY = {
  rule: 'members-use-2fa',
  subject: 'ana@acme.example',
  reason: 'token ordered: "soon"',
  approvedBy: 'bo@acme.example',
  approvedOn: '2026-11-22',
  expires: '2026-12-20',
} as const;

function add(context: TestContext, yaml: string | null, entry: Partial<Record<string, string>> = {}) {
  const folder = configFolder(context, yaml === null ? {} : { 'waivers.yaml': yaml });
  const file = join(folder, 'waivers.yaml');
  const at = new Date('2026-11-22T12:00:00Z');
  const input = { file, timezone: 'UTC', at, maxWaiverDays: DAYS, approvers: null };
  const written = addWaivers([{ ...ENTRY, ...entry }], input);
  return { written, file, folder };
}

test('adds an entry and keeps comments, order and what is bad already', async (context) => {
  const before = `# Accepted findings. Ask Ana before you add one.

# For the migration
- rule: members-use-2fa # to be mended
  subject: ben@acme.example
  reason: 'phone lost'
  approvedBy: bo@acme.example
  expires: 2026-12-01
# A bad one
- { rule: members-use-2fa }
`;
  const { written, file } = add(context, before);
  assert.equal((await written).ok, true);
  const after = readFileSync(file, 'utf8');
  for (const line of before.split('\n').filter((each) => each !== '')) assert.ok(after.includes(line), line);
  assert.match(after, /- rule: members-use-2fa\n {2}subject: ana@acme\.example\n {2}reason: 'token ordered: "soon"'/);
});

test('begins a file that is not there, or that has comments only', async (context) => {
  const none = add(context, null);
  assert.equal((await none.written).ok, true);
  assert.equal(statSync(none.file).mode & 0o777, 0o600);
  const comments = add(context, '# nothing yet\n');
  assert.equal((await comments.written).ok, true);
  assert.match(readFileSync(comments.file, 'utf8'), /^# nothing yet\n\n- rule: members-use-2fa\n/);
});

test('writes nothing when the entry would not count, or the file is no list', async (context) => {
  for (const [yaml, entry, why] of [
    ['# c\n', { expires: '2028-01-01' }, /more than 365 days after its approval/],
    ['# c\n', { expires: 'tomorrow' }, /is not a date/],
    ['# c\n', { approvedBy: 'ana@acme.example' }, /nobody approves a waiver for himself/],
    ['waivers: []\n', {}, /not a list/],
    ['- rule: [\n', {}, /not a list/],
  ] as const) {
    const { written, file, folder } = add(context, yaml, entry);
    const result = await written;
    assert.equal(result.ok, false);
    assert.match(result.ok ? '' : result.why, why);
    assert.equal(readFileSync(file, 'utf8'), yaml);
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.endsWith('.part')),
      [],
    );
  }
});

test('replaces the file that a link leads to, and keeps its rights', async (context) => {
  const folder = configFolder(context, {});
  mkdirSync(join(folder, 'real'));
  const real = join(folder, 'real', 'list.yaml');
  writeFileSync(real, '[]\n');
  chmodSync(real, 0o640);
  const file = join(folder, 'waivers.yaml');
  symlinkSync(real, file);
  const at = new Date('2026-11-22T12:00:00Z');
  const result = await addWaivers([ENTRY], { file, timezone: 'UTC', at, maxWaiverDays: DAYS, approvers: null });
  assert.deepEqual(result, { ok: true, file: real });
  assert.equal(statSync(real).mode & 0o777, 0o640);
  assert.match(readFileSync(file, 'utf8'), /ana@acme/);
});
