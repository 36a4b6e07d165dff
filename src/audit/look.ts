import { collect } from '../collect/collect.ts';
import type { EncodedSection } from '../model/encoded-section.ts';
import type { RequestPlan } from '../model/plan.ts';
import type { Reason } from '../model/reason.ts';
import type { SectionSummary } from '../model/run.ts';
import {
  COLLECTED_SECTIONS,
  INTENDED_SECTIONS,
  missing,
  REMEMBERED_SECTIONS,
  type SectionName,
  type Snapshot,
} from '../model/snapshot.ts';
import { encodeSection } from '../sections.ts';
import { intendedOf, intendedSections } from './intended.ts';
import type { AuditContext, AuditJob, WaiversInForce } from './job.ts';
import { planRun, type RunPlan, refuse } from './plan.ts';
import { remember, usageBefore } from './remember.ts';

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
  const ruleIds = job.orders.flatMap(({ rules }) => rules);
  const planned = planRun(context, { rules: ruleIds, group: job.group.id, at });
  const refusal = refuse(planned.plan, job, context, at);
  const wanted = new Set(ruleIds.flatMap((id) => context.rules.sections.get(id) ?? []));
  // Before anything is collected: what it takes to unpack a large group's sections is free again by then.
  const remembered = remember(context, {
    group: job.group,
    wanted: new Set([...wanted].filter((name) => name !== 'auditorHealth')),
    at,
    waivers,
    quotaRefused: false,
  });
  const collected = refusal === null ? await collectNow(job, context, planned, at) : refused(planned.plan, refusal);
  const snapshot: Snapshot = {
    ...collected.snapshot,
    ...intendedSections(intendedOf(job.group)),
    ...remembered,
    ...usageBefore(remembered, collected.snapshot.groupUsage, at),
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

async function collectNow(job: AuditJob, context: AuditContext, { plan, sizes, accountReading }: RunPlan, at: Date) {
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
      accountReading,
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
