import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RuleSet } from '../../src/audit/job.ts';
import { type RememberedSnapshot, type Remembering, remember } from '../../src/audit/remember.ts';
import type { EncodedSection } from '../../src/model/encoded-section.ts';
import { Secret } from '../../src/model/secret.ts';
import type { GroupSettings } from '../../src/model/settings.ts';
import { REMEMBERED_SECTIONS, type RememberedName, type SectionName } from '../../src/model/snapshot.ts';
import { encodeSection } from '../../src/sections.ts';
import type { Store } from '../../src/store/store.ts';
import { buildFinding } from '../support/report-builder.ts';
import { AT, administrator, approved, GROUP_ID, member, monthsOfUse } from '../support/snapshot-builder.ts';
import { buildCommit, buildMessage, temporaryStore } from '../support/store-builder.ts';

const KEY = '0123456789abcdef'.repeat(4);

const group: GroupSettings = {
  id: GROUP_ID,
  apiKey: new Secret(KEY),
  apiKeyFile: null,
  identity: 'amy',
  approved: { administrators: [approved('Amy')], serviceAccounts: null, domains: null, breakGlass: [] },
  singleSignOn: null,
};

const rules: RuleSet = {
  builtIn: [],
  custom: [],
  broken: [{ file: '/rules/odd.yaml', reason: { kind: 'rule_failed', text: 'it does not load' } }],
  requirements: new Map(),
  settings: {},
  options: new Map(),
  severities: new Map(),
  disabled: [],
  sections: new Map(),
  digest: '',
};

function look(store: Store, over: Partial<Remembering> & { readonly teller?: string } = {}): RememberedSnapshot {
  const { teller = GROUP_ID, ...asked } = over;
  const inScope = new Map([teller, GROUP_ID].map((id) => [id, new Set(['auditor-is-healthy'])]));
  return remember(
    { store, rules, inScope },
    {
      group,
      wanted: new Set<SectionName>(REMEMBERED_SECTIONS),
      at: AT,
      waivers: { waivers: [], bad: [] },
      quotaRefused: false,
      ...asked,
    },
  );
}

function commit(store: Store, day: string, sections: readonly EncodedSection[], judged: readonly string[] = []): void {
  const basedOn = store.lastRun(GROUP_ID)?.run.id ?? null;
  const startedAt = `2026-11-${day}T07:00:00.000Z`;
  const results = judged.map((rule) => ({ rule, verdict: 'passed', judged: true }) as const);
  const done = store.commitRun(
    buildCommit(`run-${day}`, { basedOn, sections, results, runOver: { group: GROUP_ID, startedAt } }),
  );
  assert.deepEqual(done, { committed: true });
}

function valueOf(snapshot: RememberedSnapshot, name: RememberedName): unknown {
  const section = snapshot[name];
  return section?.present === true ? section.value : section?.missing.kind;
}

test('loads only what a rule reads', (t) => {
  const { store } = temporaryStore(t);
  const snapshot = look(store, { wanted: new Set<SectionName>(['members']) });
  assert.deepEqual(Object.keys(snapshot).sort(), ['lastJudged', 'quotaReadings', 'storedUsage']);
  assert.deepEqual(store.ownRequests(GROUP_ID), {});
});

test('a first audit has nothing to compare with', (t) => {
  const snapshot = look(temporaryStore(t).store);
  for (const name of ['previousMembers', 'previousServiceAccounts', 'previousAdministrators'] as const) {
    assert.equal(valueOf(snapshot, name), 'not_enough_history', name);
  }
  assert.deepEqual(valueOf(snapshot, 'previousActivity'), []);
});

test('a change is compared with the audit that judged membership last, whatever was read in between', (t) => {
  const { store } = temporaryStore(t);
  const read = (...ids: readonly string[]) => [
    encodeSection(
      'members',
      ids.map((id) => member(id)),
    ),
    encodeSection('administrators', [administrator('amy')]),
    encodeSection('roles', { visible: true, byAccount: { dora: ['USER_ROLE_GROUP_ADMIN'], amy: ['X'] } }),
  ];
  commit(store, '16', read('amy'), ['membership-changes-are-approved']);
  commit(store, '18', read('amy', 'bela'));
  assert.deepEqual(valueOf(look(store), 'previousMembers'), { at: '2026-11-16T07:00:00.000Z', ids: ['amy'] });
  assert.deepEqual(valueOf(look(store), 'previousAdministrators'), {
    at: '2026-11-16T07:00:00.000Z',
    ids: ['amy'],
    byRole: ['dora'],
  });
});

test('use of months that can still change is remembered as the emergency rule judged it, older ones for ever', (t) => {
  const { store } = temporaryStore(t);
  const use = (count: number, months: readonly string[]) =>
    monthsOfUse({ glass: count }, months).filter(({ quota }) => quota === 'api_requests_monthly');
  commit(store, '16', [encodeSection('accountActivity', use(1, ['2026-11']))], ['break-glass-accounts-are-idle']);
  commit(store, '18', [
    encodeSection('accountActivity', use(5, ['2026-11'])),
    encodeSection('previousActivity', use(2, ['2026-06', '2025-09', '2025-10'])),
  ]);
  assert.deepEqual(valueOf(look(store), 'previousActivity'), [
    ...use(2, ['2025-10', '2026-06']),
    ...use(1, ['2026-11']),
  ]);
});

test('an approval is as old as its first sight, and is remembered after it left the list', (t) => {
  const { store } = temporaryStore(t);
  const since = { administrators: { amy: '2026-02-02', bela: '2026-03-03' }, serviceAccounts: {}, breakGlass: {} };
  commit(store, '16', [encodeSection('approvedSince', since)]);
  const lists = { ...group.approved, breakGlass: [approved('Glass')] };
  assert.deepEqual(valueOf(look(store, { group: { ...group, approved: lists } }), 'approvedSince'), {
    ...since,
    breakGlass: { glass: '2026-11-23' },
  });
});

test('nothing of the key is stored but a fingerprint, and a new key is young', (t) => {
  const { store, path } = temporaryStore(t);
  const firstSeen = (key: string, at: Date) =>
    look(store, { at, group: { ...group, apiKey: new Secret(key) } }).auditorHealth;
  const seen = (key: string, at: string) => {
    const health = firstSeen(key, new Date(at));
    return health?.present === true ? health.value.keyFirstSeenAt : null;
  };
  assert.equal(seen(KEY, '2026-11-01T07:00:00.000Z'), '2026-11-01T07:00:00.000Z');
  assert.equal(seen(KEY, '2026-11-23T07:00:00.000Z'), '2026-11-01T07:00:00.000Z');
  assert.equal(seen('f'.repeat(64), '2026-11-23T07:00:00.000Z'), '2026-11-23T07:00:00.000Z');
  store.backup(`${path}.copy`);
  assert.ok(!JSON.stringify(look(store)).includes(KEY));
});

test('the program as a whole is told with one group only', (t) => {
  const { store } = temporaryStore(t);
  const program = (teller: string) => {
    const health = look(store, { teller }).auditorHealth;
    return health?.present === true ? health.value.program : undefined;
  };
  assert.notEqual(program(GROUP_ID), null);
  assert.equal(program('first_group'), null);
});

test('tells of rules that failed and are still there, and of messages that were tried in vain', (t) => {
  const { store } = temporaryStore(t);
  const fates = ['odd', 'deleted'].map((rule) => ({ rule, failure: 'it does not load' }));
  store.commitRun(
    buildCommit('one', { fates, at: AT, messages: [buildMessage('m1'), buildMessage('m2', { channel: 'mail' })] }),
  );
  store.beginAttempt('m1', 'daemon', AT);
  store.finishAttempt({
    id: 'm1',
    attempt: 1,
    at: AT,
    nextAttemptAt: '2026-11-23T08:00:00.000Z',
    standing: null,
    outcome: {
      kind: 'retry',
      error: 'nobody answers',
      retryAfterMs: null,
      patience: 'long',
      maybeDuplicate: false,
      recipients: { accepted: [], refused: [] },
    },
  });
  const health = look(store).auditorHealth;
  const program = health?.present === true ? health.value.program : null;
  assert.deepEqual(
    program?.failingRules.map(({ rule, runs }) => [rule, runs]),
    [['odd', 1]],
  );
  assert.deepEqual(program?.undelivered, [
    { channel: 'siem', state: 'pending', since: AT.toISOString(), lastError: 'nobody answers' },
  ]);
});

test('a waiver is unused when its rule was judged and nothing open is its', (t) => {
  const { store } = temporaryStore(t);
  const finding = buildFinding({ rule: 'members-use-2fa' });
  const waiver = (rule: string, subject: string, endsAt = '2027-01-01T00:00:00.000Z') => ({
    rule,
    group: null,
    subject,
    key: null,
    reason: 'r',
    approvedBy: 'ana',
    expires: '2026-12-31',
    ticket: null,
    endsAt,
  });
  const results = [{ rule: 'members-use-2fa', verdict: 'breached', judged: true }] as const;
  store.commitRun(buildCommit('one', { findings: [finding], results, runOver: { group: finding.group } }));
  const waivers = [
    waiver('members-use-2fa', finding.subject.id),
    waiver('members-use-2fa', 'nobody'),
    waiver('never-judged', 'nobody'),
    waiver('members-use-2fa', 'ended', '2026-11-22T00:00:00.000Z'),
  ];
  const health = look(store, { waivers: { waivers, bad: [] } }).auditorHealth;
  const inForce = health?.present === true ? health.value.program?.waivers.inForce : null;
  assert.deepEqual(
    inForce?.map(({ subject, used }) => [subject, used]),
    [
      [finding.subject.id, true],
      ['nobody', false],
      ['nobody', null],
    ],
  );
});
