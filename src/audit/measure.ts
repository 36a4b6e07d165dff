import { evaluate } from '../evaluate/evaluate.ts';
import { openKey } from '../evaluate/outcome.ts';
import { findingId } from '../model/finding.ts';
import { INTENDED_SECTIONS, type SectionName } from '../model/snapshot.ts';
import type { Yardstick } from '../model/yardstick.ts';
import type { PreviousMeasure } from '../reconcile/because.ts';
import { encodeSection } from '../sections.ts';
import { intendedOf, intendedSections } from './intended.ts';
import type { AuditContext, AuditJob, RuleSet } from './job.ts';
import type { Seen } from './look.ts';

/** The yardstick of this run: everything on our side that its verdicts depend on. */
export function yardstickOf(job: AuditJob, context: AuditContext, waivers: readonly string[]): Yardstick {
  const { rules } = context;
  return {
    version: context.version,
    rules: Object.fromEntries(
      [...rules.requirements].map(([id, { version }]) => [id, { version, options: rules.options.get(id) ?? {} }]),
    ),
    disabled: Object.fromEntries(rules.disabled.map(({ id, reason, until }) => [id, { reason, until }])),
    intended: intendedOf(job.group),
    waivers,
  };
}

/**
 * For each rule, whether it was judged before, and, where options or intended lists changed since, what they would have said of what
 * was seen now: the only way to tell a group that changed from a yardstick that did.
 */
export async function measureAsBefore(
  job: AuditJob,
  context: AuditContext,
  seen: Seen,
  at: Date,
): Promise<ReadonlyMap<string, PreviousMeasure>> {
  const before = context.store.ruleYardsticks(job.group.id);
  const now = yardstickOf(job, context, []);
  const measures = new Map<string, PreviousMeasure>();
  for (const rule of new Set(job.orders.flatMap(({ rules }) => rules))) {
    const previous = before.get(rule);
    if (previous === undefined) continue;
    const isSame = sameMeasure(rule, previous, now, context.rules);
    measures.set(rule, {
      judgedBefore: true,
      versionChanged: previous.rules[rule]?.version !== now.rules[rule]?.version,
      breaches: isSame ? null : await judgeAsBefore(rule, previous, { job, context, seen, at }),
    });
  }
  return measures;
}

function sameMeasure(rule: string, before: Yardstick, now: Yardstick, rules: RuleSet): boolean {
  const reads = rules.sections.get(rule) ?? [];
  const names = INTENDED_SECTIONS.filter((name) => reads.includes(name));
  return (
    JSON.stringify(before.rules[rule]?.options) === JSON.stringify(now.rules[rule]?.options) &&
    names.every((name) => JSON.stringify(before.intended[name]) === JSON.stringify(now.intended[name]))
  );
}

interface Judging {
  readonly job: AuditJob;
  readonly context: AuditContext;
  readonly seen: Seen;
  readonly at: Date;
}

async function judgeAsBefore(
  rule: string,
  previous: Yardstick,
  { job, context, seen, at }: Judging,
): Promise<PreviousMeasure['breaches']> {
  const intended = intendedSections(previous.intended);
  const replaced: readonly SectionName[] = INTENDED_SECTIONS;
  const options: unknown = previous.rules[rule]?.options;
  const [result] = await evaluate({
    builtIn: context.rules.builtIn.filter(({ id }) => id === rule),
    custom: context.rules.custom.filter(({ id }) => id === rule),
    settings: { [rule]: { enabled: true, severity: null, options: isRecord(options) ? options : {} } },
    snapshot: { ...seen.snapshot, ...intended },
    encoded: [
      ...seen.encoded.filter(({ name }) => !replaced.includes(name)),
      ...INTENDED_SECTIONS.flatMap((name) => {
        const section = intended[name];
        return section.present ? [encodeSection(name, section.value)] : [];
      }),
    ],
    at,
    open: openKeys(context, job.group.id),
    log: context.log,
    ...(job.signal === undefined ? {} : { signal: job.signal }),
  });
  if (result === undefined || result.lacking !== null) return 'unjudged';
  return new Set(result.breaches.map(({ subject, key }) => findingId(job.group.id, rule, subject, key ?? '')));
}

/** By rule, what is open now: hysteresis keeps a finding open longer than it would open it. */
export function openKeys(
  context: Pick<AuditContext, 'store'>,
  group: string,
): ReadonlyMap<string, ReadonlySet<string>> {
  const keys = new Map<string, Set<string>>();
  for (const finding of context.store.findings(group).filter(({ resolvedAt }) => resolvedAt === null)) {
    const ofRule = keys.get(finding.rule) ?? new Set();
    keys.set(finding.rule, ofRule.add(openKey(finding)));
  }
  return keys;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
