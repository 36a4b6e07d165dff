import assert from 'node:assert/strict';
import administratorsAreApproved from '../../rules/administrators-are-approved.ts';
import autoJoinIsRestricted from '../../rules/auto-join-is-restricted.ts';
import membersUse2fa from '../../rules/members-use-2fa.ts';
import privilegesAreCurrent from '../../rules/privileges-are-current.ts';
import quotaWithinLimit from '../../rules/quota-within-limit.ts';
import serviceAccountsAreApproved from '../../rules/service-accounts-are-approved.ts';
import usageWithoutSpikes from '../../rules/usage-without-spikes.ts';
import { runInProcess } from './flow-in-process.ts';
import { openSubjects, type ReportJson, reportsIn, ruleOf } from './flow-json.ts';
import { createWorkspace, type Ended, type Scope } from './flow-program.ts';
import { vendorConfiguration, vendorGroup } from './flow-vendor-group.ts';
import { startVendorServer, type VendorFault, type VendorList } from './flow-vendor-server.ts';

interface Reads {
  readonly id: string;
  readonly needs: readonly string[];
  readonly wants?: readonly string[];
  readonly consults?: readonly string[];
}

const RULES: readonly Reads[] = [
  administratorsAreApproved,
  autoJoinIsRestricted,
  membersUse2fa,
  privilegesAreCurrent,
  quotaWithinLimit,
  serviceAccountsAreApproved,
  usageWithoutSpikes,
];

/** How a reason names each section. */
const TITLES: Readonly<Record<VendorList, RegExp>> = {
  group: /The group was not collected/,
  members: /The list of members was not collected/,
  membersWithout2fa: /The list of members without two-factor authentication was not collected/,
  administrators: /The list of administrators was not collected/,
  roles: /The list of roles was not collected/,
  serviceAccounts: /The list of service accounts was not collected/,
  groupUsage: /The group's use of the API was not collected/,
  consumption: /Consumption by account was not collected/,
  peakDays: /Use by account on the busiest days was not collected/,
};

/** Sections that cannot be had without another. The busiest days are partly of this month. */
const DEPENDENT: Partial<Record<VendorList, readonly VendorList[]>> = {
  members: ['membersWithout2fa'],
  group: ['consumption'],
  groupUsage: ['peakDays'],
};

/** Everything that can be asked for. */
export const ALL_LISTS = Object.keys(TITLES) as VendorList[];
/** Lists that say how long they are, or are compared with another. */
export const PEOPLE: readonly VendorList[] = [
  'members',
  'membersWithout2fa',
  'administrators',
  'roles',
  'serviceAccounts',
];
/** Lists that are read page by page to their end. */
export const PAGED: readonly VendorList[] = [...PEOPLE, 'consumption'];

/** An answer of this status; with `retryAfter` (seconds) the program need not guess how long to wait. */
export const status = (code: number, name: string, retryAfter?: number): VendorFault => ({
  kind: 'status',
  status: code,
  code: name,
  ...(retryAfter !== undefined && { retryAfter }),
});

/** The key may not read it. */
export const FORBIDDEN = status(403, 'ForbiddenError');

/** A group, and what goes wrong with which of its lists. */
export interface Case {
  readonly name: string;
  readonly lists: readonly VendorList[];
  readonly fault: (list: VendorList) => VendorFault;
}

/** One case for each of the lists. */
export const single = (name: string, lists: readonly VendorList[], fault: VendorFault): readonly Case[] =>
  lists.map((list) => ({ name: `${list}: ${name}`, lists: [list], fault: () => fault }));

/** The reports of one run: of the group of each case, by the case's name, and of one with which nothing was wrong. */
export interface Faulted {
  readonly ended: Ended;
  readonly intact: ReportJson;
  reportOf(name: string): ReportJson;
}

/** Audits one group for each case and one without faults, all at once. `before`: audits them all without faults first. */
export async function auditFaulty(
  scope: Scope,
  cases: readonly Case[],
  { before = false }: { readonly before?: boolean } = {},
): Promise<Faulted> {
  const groups = [...cases, null].map((_, index) => vendorGroup(`larkspur_${index}`, 12, { pageCap: 8 }));
  const server = await startVendorServer(
    scope,
    groups.map(({ group }) => group),
  );
  const workspace = createWorkspace(scope);
  workspace.configure(vendorConfiguration(server.baseUrl, groups));
  const command = ['run', '--format', 'json'];
  if (before) assert.equal((await runInProcess(workspace, command)).code, 1);
  for (const [index, { lists, fault }] of cases.entries())
    for (const list of lists) server.setFault(`larkspur_${index}`, list, fault(list));
  const ended = await runInProcess(workspace, command);
  const reports = reportsIn(ended.stdout).toSorted((a, b) => indexOf(a) - indexOf(b));
  const intact = reports.at(-1);
  if (intact === undefined || reports.length !== groups.length) throw new Error(`reports are missing: ${ended.stderr}`);
  return {
    ended,
    intact,
    reportOf: (name) => {
      const report = reports[cases.findIndex((each) => each.name === name)];
      if (report === undefined) throw new Error(`there is no case ${name}`);
      return report;
    },
  };
}

function indexOf({ run }: ReportJson): number {
  return Number(run.group.split('_')[1]);
}

/** Subjects of a rule's open findings, with the group's name in accounts' ids taken out. */
function openIn(report: ReportJson, rule: string): readonly string[] {
  return openSubjects(report, rule).map((id) => id.replace(report.run.group, 'GROUP'));
}

/**
 * Rules that need what was lost are not evaluated and name it; those that only want it do not pass; the others are judged as in the
 * group with which nothing is wrong. Nothing resolves, and what was open before is open still.
 */
export function assertHonest(
  { lists }: Case,
  report: ReportJson,
  { intact, before = false }: { readonly intact: ReportJson; readonly before?: boolean },
): void {
  const lost = new Set(lists.flatMap((list) => [list, ...(DEPENDENT[list] ?? [])]));
  // The lists of this month are read for both.
  const touched = new Set(lost.has('consumption') ? [...lost, 'peakDays'] : lost);
  assert.equal(report.run.status, 'partial');
  const closed = before ? ['new', 'resolved', 'withdrawn'] : ['resolved', 'withdrawn'];
  for (const { id, state } of report.findings) assert.ok(!closed.includes(state), `${id} is ${state}`);
  for (const { id, needs, wants = [], consults = [] } of RULES) {
    const lacks = (names: readonly string[], of: ReadonlySet<string> = lost) => names.some((name) => of.has(name));
    const { verdict, reason = '', reasonKind } = ruleOf(report, id);
    if (before) assert.deepEqual(openIn(report, id), openIn(intact, id), `${id} lost or gained a finding`);
    if (lacks(needs)) {
      assert.equal(verdict, 'not_evaluated', id);
      assert.equal(reasonKind, 'not_collected', id);
      const named = [...lost].some((list) => TITLES[list].test(reason));
      assert.ok(named, `${id} does not name the section: ${reason}`);
      for (const { rule, state } of report.findings) if (rule === id) assert.equal(state, 'unverified', id);
    } else if (lacks(wants)) {
      assert.notEqual(verdict, 'passed', id);
    } else if (!lacks([...needs, ...wants, ...consults], touched)) {
      assert.equal(verdict, ruleOf(intact, id).verdict, id);
      assert.deepEqual(openIn(report, id), openIn(intact, id), id);
    }
  }
}
