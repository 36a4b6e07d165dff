import assert from 'node:assert/strict';
import test from 'node:test';
import type { Collected } from '../../src/collect/collect.ts';
import { loadBuiltInRules, toRequirement } from '../../src/evaluate/catalogue.ts';
import { evaluate } from '../../src/evaluate/evaluate.ts';
import type { Finding } from '../../src/model/finding.ts';
import type { RuleResult } from '../../src/model/judgement.ts';
import { silentLog } from '../../src/model/log.ts';
import { COLLECTED_SECTIONS, type CollectedName, present, type Snapshot } from '../../src/model/snapshot.ts';
import { reconcile } from '../../src/reconcile/reconcile.ts';
import type { Fault } from '../../src/simulator/fault.ts';
import { loadScenario } from '../../src/simulator/scenario.ts';
import { type Bench, startBench } from '../support/collect-from.ts';
import { approved, buildHealth } from '../support/snapshot-builder.ts';

/** What each section is read by. */
const REQUESTS: Readonly<Partial<Record<CollectedName, RegExp>>> = {
  group: /^GET \/groups\/northwind_dfir(?:\?|$)/u,
  members: /^GET \/groups\/northwind_dfir\/users\?(?!.*filter=)/u,
  membersWithout2fa: /^GET \/groups\/northwind_dfir\/users\?.*filter=2fa_enabled/u,
  administrators: /^GET \/groups\/northwind_dfir\/administrators\?/u,
  roles: /^GET \/groups\/northwind_dfir\/relationships\//u,
  serviceAccounts: /^GET \/groups\/northwind_dfir\/service_accounts\?/u,
  groupUsage: /^GET \/groups\/northwind_dfir\/api_usage\?/u,
  consumption: /users_consuming_quota\/.*period=2026-11(?:&|$|-23)/u,
  peakDays: /users_consuming_quota\/api_requests_daily\?.*period=2026-1[01]-/u,
  accountActivity: /users_consuming_quota\/.*period=2026-(?:09|10)(?:&|$)/u,
  activityLog: /activity_log_entries/u,
  identityUsage: /^GET \/users\/[^/]+\/api_usage\?/u,
  quotaPools: /^GET \/users\/[^/]+\/overall_quotas/u,
  accountDays: /users_consuming_quota\/api_requests_daily\?.*period=2026-11-16/u,
  recentDays: /users_consuming_quota\/api_requests_daily\?.*period=2026-11-(?:18|19|20|21|22)/u,
};

/** Not `auto_add_users`: an administrator is shown it, so that to him its absence is the documented way of saying "none". */
const HIDDEN: Fault = { kind: 'hiddenAttributes', names: ['email', 'last_login', 'quotas', 'roles', 'privileges'] };

const FAULTS: readonly Fault[] = [
  { kind: 'status', status: 400 },
  { kind: 'status', status: 403 },
  { kind: 'status', status: 404 },
  { kind: 'status', status: 500 },
  { kind: 'status', status: 429, code: 'QuotaExceededError' },
  { kind: 'status', status: 429, code: 'TooManyRequestsError' },
  { kind: 'html' },
  { kind: 'redirect', to: 'http://127.0.0.1:9/' },
  { kind: 'reset' },
  { kind: 'cutBody', keep: 0.5, how: 'length' },
  { kind: 'noData' },
  { kind: 'ignoredFilter' },
  { kind: 'emptyPage', count: 'kept' },
  { kind: 'shortPage', keep: 1 },
  { kind: 'repeatedCursor' },
  { kind: 'foreignNext', origin: 'http://127.0.0.1:9', cursor: 'kept' },
  HIDDEN,
];

/** For pairs of sections: one that is seen at once, one that is noticed only by counting, one that hides. */
const PAIRED: readonly Fault[] = [{ kind: 'status', status: 403 }, { kind: 'shortPage', keep: 1 }, HIDDEN];

const AT = new Date('2026-11-23T08:00:00.000Z');
const GROUP = 'northwind_dfir';
const { approved: intended } = loadScenario('acme');
const RULES = await loadBuiltInRules();
const REQUIREMENTS = new Map(RULES.map((rule) => [rule.id, toRequirement(rule)]));

/** Everything that rules read beside what is collected: it is always there, so that only the API can keep a rule from passing. */
function others(clean: Collected): Snapshot {
  const ids = (name: 'members' | 'serviceAccounts' | 'administrators'): readonly string[] => {
    const section = clean.snapshot[name];
    return section?.present === true ? section.value.map(({ id }) => id) : [];
  };
  const at = '2026-11-16T08:00:00.000Z';
  return {
    approvedAdministrators: present(intended.administrators.map((id) => approved(id))),
    approvedServiceAccounts: present(intended.serviceAccounts.map((id) => approved(id))),
    approvedDomains: present(intended.domains),
    breakGlass: present(intended.breakGlass.map((id) => approved(id))),
    singleSignOn: present({ attestation: null }),
    identity: present({ id: 'astrid.hauge' }),
    storedUsage: present([]),
    lastJudged: present({}),
    previousMembers: present({ at, ids: ids('members') }),
    previousServiceAccounts: present({ at, ids: ids('serviceAccounts') }),
    previousAdministrators: present({ at, ids: ids('administrators'), byRole: [] }),
    previousActivity: present([]),
    approvedSince: present({ administrators: {}, serviceAccounts: {}, breakGlass: {} }),
    auditorHealth: present(buildHealth()),
  };
}

async function judge(collected: Collected, beside: Snapshot): Promise<readonly RuleResult[]> {
  return await evaluate({
    builtIn: RULES,
    custom: [],
    settings: {},
    snapshot: { ...collected.snapshot, ...beside },
    encoded: [],
    at: AT,
    open: new Map(),
    log: silentLog,
  });
}

function reconciled(results: readonly RuleResult[], stored: readonly Finding[]): readonly Finding[] {
  return reconcile({
    group: GROUP,
    at: AT,
    results,
    stored,
    requirements: REQUIREMENTS,
    inScope: new Set(REQUIREMENTS.keys()),
    broken: new Set(),
    measures: new Map(
      stored.map(({ rule }) => [rule, { judgedBefore: true, versionChanged: false, breaches: null }] as const),
    ),
    accounts: null,
    waivers: [],
    maxWaiverDays: { critical: 30, high: 90, medium: 180, low: 365 },
    acknowledgements: new Map(),
    changes: [],
  });
}

interface Truth {
  readonly verdicts: ReadonlyMap<string, RuleResult['verdict']>;
  readonly findings: readonly Finding[];
  readonly beside: Snapshot;
}

async function learnTruth(bench: Bench): Promise<Truth> {
  const clean = await bench.collect();
  const beside = others(clean);
  const results = await judge(clean, beside);
  const verdicts = new Map(results.map(({ rule, verdict }) => [rule, verdict]));
  assert.ok([...verdicts.values()].filter((verdict) => verdict === 'breached').length >= 5);
  return { verdicts, findings: reconciled(results, []), beside };
}

/** What is honest about any answers, however spoilt: a rule passes only where it passes in truth and read all it needs. */
function assertHonest(results: readonly RuleResult[], collected: Collected, truth: Truth, name: string): void {
  for (const { rule, verdict, reason } of results) {
    const { needs = [], wants = [] } = RULES.find(({ id }) => id === rule) ?? {};
    const lost = [...needs, ...wants].filter((section) => isLost(collected.snapshot, section));
    if (verdict === 'passed') {
      assert.equal(truth.verdicts.get(rule), 'passed', `${rule} passed falsely: ${name}`);
      assert.deepEqual(lost, [], `${rule} passed without ${lost.join()}: ${name}`);
    }
    if (verdict === 'not_evaluated') assert.ok((reason?.text ?? '').length > 10, `${rule} has no reason: ${name}`);
    if (lost.length > 0) assert.notEqual(reason, null, `${rule} does not say that ${lost.join()} is lost: ${name}`);
  }
  for (const { rule, state } of reconciled(results, truth.findings)) {
    if (state !== 'resolved') continue;
    const result = results.find((one) => one.rule === rule);
    assert.equal(result?.lacking, null, `a finding of ${rule} was resolved unseen: ${name}`);
  }
}

function isLost(snapshot: Collected['snapshot'], section: string): boolean {
  const known = COLLECTED_SECTIONS.find((name) => name === section);
  return known !== undefined && snapshot[known]?.present === false;
}

const SECTIONS = COLLECTED_SECTIONS.filter((name) => REQUESTS[name] !== undefined);

test('no fault in any section makes a rule pass that does not, or closes a finding', async (t) => {
  const bench = await startBench(t, { unspoilt: 'once' });
  const truth = await learnTruth(bench);
  for (const section of SECTIONS) {
    for (const fault of FAULTS) {
      bench.setFaults([{ on: REQUESTS[section] ?? /never/u, fault }]);
      const spoilt = await bench.collect();
      assertHonest(await judge(spoilt, truth.beside), spoilt, truth, `${section} with ${JSON.stringify(fault)}`);
    }
  }
});

for (const [index, one] of SECTIONS.entries()) {
  test(`nor do faults in ${one} and another section together`, async (t) => {
    const bench = await startBench(t, { unspoilt: 'once' });
    const truth = await learnTruth(bench);
    for (const other of SECTIONS.slice(index + 1)) {
      for (const fault of PAIRED) {
        bench.setFaults([one, other].map((section) => ({ on: REQUESTS[section] ?? /never/u, fault })));
        const spoilt = await bench.collect();
        assertHonest(await judge(spoilt, truth.beside), spoilt, truth, `${one} and ${other}: ${JSON.stringify(fault)}`);
      }
    }
  });
}
