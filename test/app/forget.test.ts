import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { forgetLeaver, lookForLeaver } from '../../src/app/forget.ts';
import { withoutAccount } from '../../src/model/forgotten.ts';
import type { SectionName, Sections } from '../../src/model/snapshot.ts';
import { decodeSection, encodeSection } from '../../src/sections.ts';
import type { Store } from '../../src/store/store.ts';
import { buildFinding } from '../support/report-builder.ts';
import { approved, buildGroup, GROUP_ID, member, serviceAccount } from '../support/snapshot-builder.ts';
import { buildCommit, temporaryStore } from '../support/store-builder.ts';

function commit(store: Store, id: string, members: readonly string[]): void {
  const use = (accounts: readonly string[]) => Object.fromEntries(accounts.map((account) => [account, 5]));
  const sections = [
    encodeSection(
      'members',
      members.map((name) => member(name)),
    ),
    encodeSection('serviceAccounts', [serviceAccount('siem')]),
    encodeSection('group', buildGroup()),
    encodeSection('membersWithout2fa', members),
    encodeSection('breakGlass', [approved('Ida@harbor.example'), approved('ops')]),
    encodeSection('accountActivity', [
      { quota: 'api_requests_monthly', month: '2026-11', readOn: '2026-11-20', used: use(members) },
    ]),
    encodeSection('activityLog', {
      available: true,
      entries: [{ at: '2026-11-20T00:00:00.000Z', action: 'Add', affected: 'bo', actor: 'ida' }],
      since: '2026-11-01T00:00:00.000Z',
    }),
  ];
  const day = { day: '2026-11-19', readOn: '2026-11-20', complete: true, used: use(members) };
  const done = store.commitRun(
    buildCommit(id, {
      basedOn: store.lastRun(GROUP_ID)?.run.id ?? null,
      sections,
      accountDays: [day],
      findings: [buildFinding({ group: GROUP_ID, subject: { kind: 'member', id: 'ida' } })],
      runOver: { group: GROUP_ID },
    }),
  );
  assert.deepEqual(done, { committed: true });
}

function sectionOf<Name extends SectionName>(store: Store, run: number, name: Name): Sections[Name] {
  const snapshot = store.snapshots({ group: GROUP_ID, since: '2000-01-01T00:00:00.000Z' })[run];
  const kept = snapshot?.sections.find((section) => section.name === name);
  assert.ok(kept);
  return decodeSection({ name, version: kept.version, bytes: kept.load() });
}

test('who left is taken out of every stored section, and nobody else is', (t) => {
  const { store, path } = temporaryStore(t);
  commit(store, 'run-1', ['ida', 'bo', 'idabell']);
  commit(store, 'run-2', ['bo', 'idabell']);
  const digests = store.runs({ limit: 9 }).map((row) => row.digests);
  const kept = () => store.snapshots({ group: GROUP_ID, since: '2000-01-01T00:00:00.000Z' });
  const before = kept().map(({ sections }) => sections.map(({ name, digest, items }) => [name, digest, items]));
  const found = lookForLeaver({ store }, { group: GROUP_ID, account: 'Ida' });
  assert.deepEqual(sectionOf(store, 0, 'membersWithout2fa'), ['ida', 'bo', 'idabell'], 'looking changes nothing');

  assert.deepEqual(forgetLeaver({ store }, { group: GROUP_ID, account: 'Ida' }), found);
  assert.deepEqual(found, { sections: 5, days: 0 });
  assert.deepEqual(
    sectionOf(store, 0, 'members').map(({ id }) => id),
    ['bo', 'idabell'],
  );
  assert.deepEqual(sectionOf(store, 0, 'membersWithout2fa'), ['bo', 'idabell']);
  assert.deepEqual(sectionOf(store, 0, 'accountActivity')[0]?.used, { bo: 5, idabell: 5 });
  assert.deepEqual(sectionOf(store, 0, 'activityLog').entries[0]?.actor, '[forgotten]');
  assert.deepEqual(
    sectionOf(store, 0, 'breakGlass').map(({ id }) => id),
    ['ops'],
    'by address, too',
  );
  const raw = new DatabaseSync(path, { readOnly: true });
  t.after(() => raw.close());
  assert.equal(raw.prepare('SELECT count(*) AS n FROM section_bytes WHERE forgotten = 1').get()?.['n'], 5);

  // The chain is made of digests, and what was found stays.
  assert.deepEqual(
    store.runs({ limit: 9 }).map((row) => row.digests),
    digests,
  );
  assert.deepEqual(
    kept().map(({ sections }) => sections.map(({ name, digest, items }) => [name, digest, items])),
    before,
  );
  assert.equal(store.findings(GROUP_ID)[0]?.subject.id, 'ida');
  assert.deepEqual(lookForLeaver({ store }, { group: GROUP_ID, account: 'ida' }), { sections: 0, days: 0 });
});

test('days of use by account lose who left', (t) => {
  const { store } = temporaryStore(t);
  commit(store, 'run-1', ['bo']);
  const day = { day: '2026-11-18', readOn: '2026-11-20', complete: true, used: { ida: 5, bo: 1 } };
  store.commitRun(buildCommit('run-2', { basedOn: 'run-1', accountDays: [day], runOver: { group: GROUP_ID } }));
  assert.deepEqual(forgetLeaver({ store }, { group: GROUP_ID, account: 'ida' }).days, 1);
  assert.deepEqual(
    store.accountDays(GROUP_ID).map(({ used }) => used),
    [{ bo: 1 }, { bo: 5 }],
  );
});

test('who is in the group is not forgotten', (t) => {
  const { store } = temporaryStore(t);
  commit(store, 'run-1', ['ida']);
  assert.throws(() => forgetLeaver({ store }, { group: GROUP_ID, account: 'IDA' }), /saw IDA in the group/);
  assert.deepEqual(sectionOf(store, 0, 'membersWithout2fa'), ['ida']);
});

test('a run that reads the very same as before somebody was forgotten stores it whole', (t) => {
  const { store } = temporaryStore(t);
  commit(store, 'run-1', ['ida', 'bo']);
  commit(store, 'run-2', ['bo']);
  forgetLeaver({ store }, { group: GROUP_ID, account: 'ida' });
  commit(store, 'run-3', ['ida', 'bo']);
  assert.deepEqual(sectionOf(store, 2, 'membersWithout2fa'), ['ida', 'bo']);
});

test('what never named the account is the same object', () => {
  const value = { a: [{ id: 'x', n: 1 }], b: { c: 'ida-like' } };
  assert.equal(withoutAccount(value, new Set(['ida'])), value);
});
