import assert from 'node:assert/strict';
import { after, before, describe, it, test } from 'node:test';
import { formatReports } from '../../src/app/formats.ts';
import { selectJobs } from '../../src/app/jobs.ts';
import { readMemberQuotas, readQuotasOfAll, readUsageOf } from '../../src/app/manage-consumption.ts';
import { listMembers } from '../../src/app/manage-inventory.ts';
import { shownFindings, shownReport } from '../../src/app/personal-use.ts';
import { type App, newRunId, openApp } from '../../src/app.ts';
import type { AuditOutcome } from '../../src/audit/conclude.ts';
import { type LatestSection, type People, peopleOf } from '../../src/audit/people.ts';
import { withholdInFinding, withholdInReport, withholdInResult } from '../../src/audit/personal-use.ts';
import { audit } from '../../src/audit.ts';
import type { Breach, RuleResult } from '../../src/model/judgement.ts';
import type { Requirement } from '../../src/model/requirement.ts';
import { present } from '../../src/model/snapshot.ts';
import { decodeSection } from '../../src/sections.ts';
import { everyMessage } from '../support/every-message.ts';
import { createScope } from '../support/flow-program.ts';
import { createStage, type Stage } from '../support/flow-stage.ts';
import { buildFinding, buildReport, buildRequirement, buildRouted, buildRule } from '../support/report-builder.ts';
import { administrator, approved, member, serviceAccount } from '../support/snapshot-builder.ts';

const NOTHING: LatestSection = () => null;
const SALT = Buffer.from('salt');

const people: People = peopleOf(
  {
    members: present([
      member('ana', { name: 'Ana Ruiz', email: { known: true, value: 'ana@acme.example' } }),
      member('boss'),
      member('al'),
      member('emergency', { email: { known: true, value: 'break@acme.example' } }),
    ]),
    serviceAccounts: present([serviceAccount('siem', { id: 'acme_siem' })]),
    administrators: present([administrator('boss')]),
    breakGlass: present([approved('BREAK@acme.example')]),
    consumption: present([
      { quota: 'api_requests_monthly', period: '2026-11', consumers: [{ id: 'gone', used: 9 }], complete: true },
    ]),
  },
  NOTHING,
);

const requirements: ReadonlyMap<string, Requirement> = new Map(
  [
    buildRequirement({ id: 'plain' }),
    buildRequirement({ id: 'use', personalUse: 'use' }),
    buildRequirement({ id: 'account', personalUse: 'account', title: 'Accounts are used' }),
  ].map((requirement) => [requirement.id, requirement]),
);

function withheld(rule: string, breach: Breach): Breach {
  const result: RuleResult = {
    rule,
    verdict: 'breached',
    reason: null,
    lacking: null,
    breaches: [breach],
    unjudged: [],
    checked: 1,
    limits: [],
  };
  const [only] = withholdInResult(result, requirements, people).breaches;
  assert.ok(only);
  return only;
}

test('administrators, service accounts and emergency accounts may be named, whatever is known of them', () => {
  assert.deepEqual(
    ['boss', 'BOSS', 'acme_siem', 'emergency', 'ana', 'al', 'gone', 'stranger'].map((id) => people.isNamed(id)),
    [true, true, true, true, false, false, false, false],
  );
  const roles = { visible: true, byAccount: { ana: ['USER_ROLE_GROUP_ADMIN'], al: ['OTHER'] } };
  const byRole = peopleOf({ roles: present(roles), identity: present({ id: 'al' }) }, NOTHING);
  assert.deepEqual([byRole.isNamed('ana'), byRole.isNamed('al')], [true, true]);
});

test('sections that were not read now are those of the latest run that has them', () => {
  const latest: LatestSection = (name) =>
    name === 'serviceAccounts' ? Object([serviceAccount('robot', { id: 'robot' })]) : null;
  assert.equal(peopleOf({}, latest).isNamed('robot'), true);
});

test('every other account is a member, in any case, by id, address and name, and no longer word is cut', () => {
  const text = 'ANA and Ana Ruiz (ana@acme.example), al, gone; boss, acme_siem, total, al_x, banana';
  assert.equal(
    people.mask(text),
    'a member and a member (a member), a member, a member; boss, acme_siem, total, al_x, banana',
  );
});

test('what a rule of use says of the group keeps its figures and names no member', () => {
  const breach = withheld('use', {
    subject: { kind: 'group', id: 'acme' },
    message: '900 calls; mostly by ana',
    evidence: {
      accounts: [
        { id: 'ana', calls: 800 },
        { id: 'acme_siem', calls: 90 },
      ],
      byAccount: { ana: 8, al: 1 },
    },
  });
  assert.deepEqual(breach, {
    subject: { kind: 'group', id: 'acme' },
    message: '900 calls; mostly by a member',
    evidence: {
      accounts: [
        { id: 'a member', calls: 800 },
        { id: 'acme_siem', calls: 90 },
      ],
      byAccount: { 'a member': 8, 'a member (2)': 1 },
    },
    useWithheld: true,
  });
});

test('a finding about the use of a member is about nobody, under an id that nobody can compute', () => {
  const told = buildFinding({
    rule: 'use',
    subject: { kind: 'member', id: 'ana', name: 'Ana Ruiz', email: 'ana@acme.example' },
    message: 'a member used 9',
    evidence: { used: 9 },
    useWithheld: true,
  });
  const shown = withholdInFinding(told, { requirements, people, salt: SALT });
  assert.deepEqual(shown.subject, { kind: 'member', id: 'a member' });
  assert.equal(shown.message, 'a member used 9');
  assert.deepEqual(shown.evidence, { used: 9 });
  assert.match(shown.id, /^[0-9a-f]{64}$/);
  assert.notEqual(shown.id, told.id);
  assert.equal(withholdInFinding(told, { requirements, people, salt: SALT }).id, shown.id);
  assert.notEqual(withholdInFinding(told, { requirements, people, salt: Buffer.from('other') }).id, shown.id);
});

test('what was stored while use was told is left out', () => {
  const stored = buildFinding({ rule: 'use', subject: { kind: 'member', id: 'ana' }, message: 'ana used 9 on Monday' });
  const shown = withholdInFinding(stored, { requirements, people, salt: SALT });
  assert.deepEqual([shown.message, shown.evidence], ['Not met: use', {}]);
  const account = withholdInFinding({ ...stored, rule: 'account' }, { requirements, people, salt: SALT });
  assert.deepEqual([account.subject.id, account.message], ['ana', 'Not met: Accounts are used']);
  const robot = {
    ...stored,
    subject: { kind: 'service_account', id: 'acme_siem' },
    message: 'acme_siem beside ana',
  } as const;
  assert.equal(withholdInFinding(robot, { requirements, people, salt: SALT }).message, 'acme_siem beside a member');
});

test('a finding about the account itself names the member and tells no use', () => {
  const base = {
    subject: { kind: 'member', id: 'ana' },
    message: 'ana: none since 3 May',
    evidence: { last: 3 },
  } as const;
  const put = { message: 'ana: none for too long', evidence: {} };
  assert.deepEqual(withheld('account', { ...base, withoutUse: put }), { ...base, ...put, useWithheld: true });
  assert.deepEqual(withheld('account', base), {
    ...base,
    message: 'Not met: Accounts are used',
    evidence: {},
    useWithheld: true,
  });
  const boss = { ...base, subject: { kind: 'member', id: 'boss' }, message: 'boss: none since 3 May' } as const;
  assert.equal(withheld('account', { ...boss, withoutUse: put }).message, 'boss: none since 3 May');
});

test('no rule tells when a member signed in last', () => {
  const at = '2026-11-20T07:08:09.000Z';
  const signIn = peopleOf({ members: present([member('ana', { lastLoginAt: { known: true, value: at } })]) }, NOTHING);
  const breach: Breach = {
    subject: { kind: 'member', id: 'ana' },
    message: 'ana signed in on 2026-11-20',
    evidence: { at, days: ['2026-11-20'] },
  };
  const result = { rule: 'plain', breaches: [breach] } as unknown as RuleResult;
  const [shown] = withholdInResult(result, requirements, signIn).breaches;
  assert.deepEqual(shown, {
    ...breach,
    message: 'ana signed in on [withheld]',
    evidence: { at: '[withheld]', days: ['[withheld]'] },
  });
});

test('waivers, unknown accounts and changes of the yardstick name no member beside a rule of use', () => {
  const waiver = {
    rule: 'use',
    group: null,
    subject: 'ana',
    key: null,
    reason: 'r',
    approvedBy: 'boss',
    expires: '2026-12-01',
    ticket: null,
    endsAt: '2026-12-02T00:00:00.000Z',
  };
  const unknown = { subject: 'ana', reason: { kind: 'not_visible', text: 'the cap of ana' } } as const;
  const report = withholdInReport(
    buildReport({
      rules: [buildRule('use', { unknown: [unknown] }), buildRule('plain', { unknown: [unknown] })],
      waivers: { inForce: [waiver, { ...waiver, rule: 'plain' }], bad: [{ place: 'use for ana', problem: 'late' }] },
      yardstickChanges: [{ what: 'waivers', from: 'none', to: 'use for ana, until May' }],
    }),
    { requirements, people, salt: SALT },
  );
  assert.deepEqual(
    report.waivers.inForce.map(({ subject }) => subject),
    ['a member', 'ana'],
  );
  assert.deepEqual(report.waivers.bad[0]?.place, 'use for a member');
  assert.equal(report.yardstickChanges[0]?.to, 'use for a member, until May');
  assert.deepEqual(report.rules[0]?.unknown[0], {
    subject: 'a member',
    reason: { kind: 'not_visible', text: 'the cap of a member' },
  });
  assert.deepEqual(report.rules[1]?.unknown[0], unknown);
});

describe('a group whose members may not be named beside their use', () => {
  const scope = createScope();
  let stage: Stage;
  before(async () => {
    stage = await createStage(scope, { configuration: configuration(false) });
  });
  after(() => scope.close());

  it('is audited without a member being named beside use, in any format and channel, and in no store of findings', async () => {
    const { app, outcome } = await auditOnce(stage);
    const ids = personalIds(app, stage.simulator.groupId);
    assert.ok(ids.length > 20);
    const personal = outcome.report.findings.filter(({ rule }) => isPersonal(app, rule));
    const stored = app.store.findings(stage.simulator.groupId).filter(({ rule }) => isPersonal(app, rule));
    assert.ok(personal.length > 2 && JSON.stringify(personal).includes('a member'));
    for (const { message, evidence } of stored) assertNames(ids, { message: withoutAccounts(message), evidence });
    for (const finding of personal.filter(({ rule }) => rule !== 'members-are-active')) assertNames(ids, finding);
    const only = {
      ...outcome.report,
      findings: personal.filter(({ rule }) => rule !== 'members-are-active'),
      rules: [],
    };
    for (const [channel, text] of Object.entries(everyMessage(buildRouted(only)))) assertNames(ids, text, channel);
    const looks = { look: app.config.report, templates: app.templates };
    for (const format of ['text', 'json', 'csv', 'html', 'ocsf', 'junit'] as const)
      assertNames(ids, formatReports([only], format, looks), format);
    const inactive = personal.filter(({ rule }) => rule === 'members-are-active');
    assert.ok(inactive.length > 0);
    for (const finding of inactive) {
      assert.doesNotMatch(JSON.stringify(finding.evidence), /signIn|lastPossible/i);
      assert.notEqual(finding.subject.id, 'a member');
    }
    await app.close();
  });

  it('is listed by hand without what members use, and the use of one cannot be asked for', async () => {
    const app = await open(stage);
    const ids = personalIds(app, stage.simulator.groupId);
    const group = app.config.groups[0];
    assert.ok(group && ids[0]);
    const stop = AbortSignal.timeout(20_000);
    const { rows } = await listMembers(
      { app, group, stop, progress: () => undefined },
      { without2fa: false, inactiveDays: null, domain: null },
    );
    const told = rows.filter(
      ({ lastSignInAt, consumed, quotas }) => lastSignInAt.known || consumed.known || quotas.known,
    );
    assert.ok(told.length > 0 && told.length < 10);
    assertNames(
      ids,
      told.map(({ id }) => id),
    );
    const input = { app, group, stop };
    const silently = (): void => undefined;
    const of = (...accounts: string[]) =>
      ({ whose: { kind: 'accounts', ids: accounts }, from: undefined, to: undefined }) as const;
    await assert.rejects(readUsageOf(input, of(ids[0]), silently), /namePersonalUsage is false/);
    await assert.rejects(readUsageOf(input, of('northwind_dfir_siem', ids[0]), silently), /namePersonalUsage is false/);
    await assert.rejects(readMemberQuotas(input, ids[0]), /namePersonalUsage is false/);
    assert.equal((await readUsageOf(input, of('northwind_dfir_siem'), silently)).rows.length, 1);
    const everybody = { whose: { kind: 'everybody' }, from: undefined, to: undefined } as const;
    for (const read of [await readUsageOf(input, everybody, silently), await readQuotasOfAll(input, silently)]) {
      assert.match(read.gaps.join(), /members are left out: privacy.namePersonalUsage is false/);
      assertNames(
        ids,
        read.rows.map(({ account }) => account),
      );
    }
    await app.close();
  });

  it('is shown without names when use was told before', async () => {
    stage.configure(configuration(true));
    const told = await auditOnce(stage);
    const ids = personalIds(told.app, stage.simulator.groupId);
    const spread = told.outcome.report.findings.filter(
      ({ rule }) => rule !== 'members-are-active' && isPersonal(told.app, rule),
    );
    assert.throws(() => assertNames(ids, spread));
    await told.app.close();
    stage.configure(configuration(false));
    const app = await open(stage);
    const report = shownReport(app, told.outcome.report);
    const use = (rule: string) => app.rules.requirements.get(rule)?.personalUse === 'use';
    assertNames(
      ids,
      report.findings.filter(({ rule }) => use(rule)),
    );
    assertNames(
      ids,
      shownFindings(app, stage.simulator.groupId).filter(({ rule }) => use(rule)),
    );
    await app.close();
  });
});

function configuration(namePersonalUsage: boolean): Readonly<Record<string, unknown>> {
  return {
    privacy: { namePersonalUsage },
    rules: {
      'consumption-is-spread': { enabled: true, maxShare: 1, usedOver: 1 },
      'personal-caps-have-room': { enabled: true, days: 1 },
      'quota-within-limit': { warnAt: 5, criticalAt: 90, closeAt: 4 },
    },
  };
}

function open({ workspace }: Stage): Promise<App> {
  return openApp({ configFile: workspace.path('config.yaml'), logLevel: 'silent' }, 'command');
}

async function auditOnce(stage: Stage): Promise<{ readonly app: App; readonly outcome: AuditOutcome }> {
  const app = await open(stage);
  const at = app.clock.now();
  const context = await app.context(at);
  const [job] = selectJobs(
    { audits: [], groups: [], rules: [] },
    {
      config: app.config,
      rules: context.rules,
      trigger: 'manual',
      narrowed: false,
      isSending: false,
      at,
      runId: () => newRunId(at),
    },
  );
  assert.ok(job);
  const [outcome] = await audit(job, context);
  assert.ok(outcome);
  return { app, outcome };
}

function isPersonal(app: App, rule: string): boolean {
  return app.rules.requirements.get(rule)?.personalUse !== undefined;
}

/** Members who are neither administrators nor anything else that may be named. */
function personalIds({ store }: App, group: string): readonly string[] {
  const read = (name: 'members' | 'administrators' | 'serviceAccounts'): readonly { readonly id: string }[] => {
    const section = store.latestSection(group, name);
    return section === null ? [] : decodeSection({ ...section, name });
  };
  const roles = store.latestSection(group, 'roles');
  const byAccount = roles === null ? {} : decodeSection({ ...roles, name: 'roles' }).byAccount;
  const byRole = Object.keys(byAccount).filter((id) => byAccount[id]?.includes('USER_ROLE_GROUP_ADMIN'));
  const named = new Set([...read('administrators'), ...read('serviceAccounts')].map(({ id }) => id).concat(byRole));
  return read('members')
    .map(({ id }) => id)
    .filter((id) => !named.has(id) && !/emergency|break/.test(id));
}

function withoutAccounts(message: string): string {
  return /no sign of use/.test(message) ? '' : message;
}

function assertNames(ids: readonly string[], value: unknown, where = ''): void {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const found = ids.filter((id) =>
    new RegExp(`(?<![\\w.-])${id.replaceAll('.', String.raw`\.`)}(?![\\w-])`, 'u').test(text),
  );
  assert.deepEqual(found, [], where);
}
