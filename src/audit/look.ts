import { collect } from '../collect/collect.ts';
import { type GroupSizes, planRequests, sizesOf } from '../collect/request-plan.ts';
import { toDay } from '../model/instant.ts';
import type { RequestPlan } from '../model/plan.ts';
import type { Reason } from '../model/reason.ts';
import type { SectionSummary } from '../model/run.ts';
import {
  COLLECTED_SECTIONS,
  type CollectedName,
  INTENDED_SECTIONS,
  missing,
  present,
  REMEMBERED_SECTIONS,
  type SectionName,
  type Snapshot,
} from '../model/snapshot.ts';
import { decodeSection, type EncodedSection, encodeSection } from '../sections.ts';
import { intendedOf, intendedSections } from './intended.ts';
import type { AuditContext, AuditJob, RuleSet, WaiversInForce } from './job.ts';
import { remember } from './remember.ts';

/** Everything that rules may read, from all three suppliers, and what it cost. */
export interface Seen {
  readonly snapshot: Snapshot;
  readonly encoded: readonly EncodedSection[];
  readonly summaries: readonly SectionSummary[];
  readonly planned: number;
  readonly made: number;
  /** Why nothing at all could be collected; null: something could. */
  readonly failure: Reason | null;
}

/** When the job began, and the waivers that are in force then. */
export interface LookInput {
  readonly at: Date;
  readonly waivers: WaiversInForce;
}

/** Collects what the job's rules need, unless that would cost too much, and joins it with what is intended and remembered. */
export async function look(job: AuditJob, context: AuditContext, { at, waivers }: LookInput): Promise<Seen> {
  const sizes = knownSizes(context, job.group.id);
  const ruleIds = job.orders.flatMap(({ rules }) => rules);
  const plan = planFor(ruleIds, context.rules, sizes);
  const refusal = refuse(plan, job, context, at);
  const wanted = new Set(ruleIds.flatMap((id) => context.rules.sections.get(id) ?? []));
  // Before anything is collected: what it takes to unpack a large group's sections is free again by then.
  const remembered = remember(context, {
    group: job.group,
    wanted: new Set([...wanted].filter((name) => name !== 'auditorHealth')),
    at,
    waivers,
    quotaRefused: false,
  });
  const collected = refusal === null ? await collectNow(job, context, { plan, sizes, at }) : refused(plan, refusal);
  const snapshot: Snapshot = {
    ...collected.snapshot,
    ...intendedSections(intendedOf(job.group)),
    ...remembered,
    // How the auditor does is known last.
    ...(wanted.has('auditorHealth')
      ? remember(context, {
          group: job.group,
          wanted: new Set(['auditorHealth'] as const),
          at,
          waivers,
          quotaRefused: collected.quotaRefused,
        })
      : {}),
  };
  return { ...collected, snapshot, encoded: encodeSnapshot(snapshot) };
}

/** The requests that judging these rules will cost. */
export function planFor(ruleIds: readonly string[], rules: RuleSet, sizes: GroupSizes | null): RequestPlan {
  const rulesBySection: Partial<Record<CollectedName, string[]>> = {};
  for (const rule of new Set(ruleIds)) {
    for (const name of COLLECTED_SECTIONS.filter((section) => rules.sections.get(rule)?.includes(section) === true)) {
      rulesBySection[name] = [...(rulesBySection[name] ?? []), rule];
    }
  }
  return planRequests({
    sections: COLLECTED_SECTIONS.filter((name) => rulesBySection[name] !== undefined),
    rulesBySection,
    sizes,
  });
}

/** How large the group was when it was last looked at; null: never. */
export function knownSizes(context: Pick<AuditContext, 'store'>, group: string): GroupSizes | null {
  const { store } = context;
  const items = (name: 'members' | 'membersWithout2fa' | 'serviceAccounts' | 'administrators'): number | null =>
    store.latestSection(group, name)?.items ?? null;
  const stored = (
    name: 'group' | 'consumption' | 'accountActivity',
  ): Pick<Snapshot, 'group' | 'consumption' | 'accountActivity'> => {
    const section = store.latestSection(group, name);
    return section === null ? {} : { [name]: present(decodeSection({ ...section, name })) };
  };
  return sizesOf({
    members: items('members'),
    membersWithout2fa: items('membersWithout2fa'),
    serviceAccounts: items('serviceAccounts'),
    administrators: items('administrators'),
    ...stored('group'),
    ...stored('consumption'),
    ...stored('accountActivity'),
  });
}

async function collectNow(
  job: AuditJob,
  context: AuditContext,
  { plan, sizes, at }: { plan: RequestPlan; sizes: GroupSizes | null; at: Date },
) {
  const client = context.openClient(job.group, job.signal);
  try {
    const collected = await collect({
      client,
      groupId: job.group.id,
      identity: job.group.identity,
      sections: plan.sections.map(({ section }) => section),
      at,
      clock: context.clock,
      log: context.log,
      budget: context.budget.run,
      sizes,
      ...(job.progress === undefined ? {} : { progress: job.progress }),
      ...(job.signal === undefined ? {} : { signal: job.signal }),
    });
    return { ...collected, failure: totalFailure(collected.snapshot) };
  } finally {
    client.close();
  }
}

/** A run that obtained no section at all has failed, for the reason of the first. */
function totalFailure(snapshot: Snapshot): Reason | null {
  const sections = COLLECTED_SECTIONS.filter((name) => name !== 'rights').flatMap((name) => snapshot[name] ?? []);
  const lost = sections.filter((section) => !section.present);
  return sections.length > 0 && lost.length === sections.length ? (lost[0]?.missing ?? null) : null;
}

/** Why the run may not begin; null: it may. A person who starts a run by hand decides about the day's share. */
function refuse(plan: RequestPlan, job: AuditJob, context: AuditContext, at: Date): string | null {
  const { run, dayShare } = context.budget;
  if (plan.total > run)
    return `the run would cost ${plan.total} requests, more than api.budget.run allows (${run}); raise it, or audit fewer rules`;
  const daily = dailyAllowance(context, job.group.id);
  if (daily === null || job.trigger === 'manual') return null;
  // What was sent, and not what the runs say: two audits share a collection, and a run that was killed says nothing.
  const spent = context.store.ownRequests(job.group.id)[toDay(at)] ?? 0;
  const share = Math.floor(daily * dayShare);
  if (spent + plan.total <= share) return null;
  return `audits have made ${spent} requests today and this run would make ${plan.total} more, beyond api.budget.dayShare (${share} of the group's ${daily} a day); audit less often, or raise it`;
}

function dailyAllowance(context: AuditContext, groupId: string): number | null {
  const section = context.store.latestSection(groupId, 'group');
  if (section === null) return null;
  const { quotas } = decodeSection({ ...section, name: 'group' });
  const allowed = quotas.known ? (quotas.value['api_requests_daily']?.allowed ?? 0) : 0;
  return allowed > 0 ? allowed : null;
}

function refused(plan: RequestPlan, text: string) {
  const reason: Reason = { kind: 'not_collected', text };
  const names = plan.sections.map(({ section }) => section);
  const summaries = names.map((name): SectionSummary => ({ name, items: null, complete: false, requests: 0, reason }));
  const snapshot: Snapshot = Object.fromEntries(names.map((name) => [name, missing(reason.kind, text)]));
  return { snapshot, summaries, planned: plan.total, made: 0, failure: reason, quotaRefused: false };
}

function encodeSnapshot(snapshot: Snapshot): readonly EncodedSection[] {
  const names: readonly SectionName[] = [...COLLECTED_SECTIONS, ...INTENDED_SECTIONS, ...REMEMBERED_SECTIONS];
  return names.flatMap((name) => {
    const section = snapshot[name];
    return section?.present === true ? [encodeSection(name, section.value)] : [];
  });
}
