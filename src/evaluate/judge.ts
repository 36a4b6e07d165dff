import { type Breach, isBreach, type RuleResult, type Unjudged } from '../model/judgement.ts';
import type { Reason } from '../model/reason.ts';
import type { SectionName, Snapshot } from '../model/snapshot.ts';
import type { RuleContext } from '../rule.ts';
import { explainThrown } from './explain-thrown.ts';
import { missingReason, type Presence, worstKind } from './missing-sections.ts';
import { openKey, parseOutcome, parsePlain } from './outcome.ts';

/** What of a rule a judgement depends on: any `Rule` fits. */
export interface Judgeable {
  readonly id: string;
  readonly needs: readonly SectionName[];
  readonly wants?: readonly SectionName[];
  readonly consults?: readonly SectionName[];
  evaluate(sections: Readonly<Record<string, unknown>>, options: unknown, context: RuleContext): unknown;
}

/** What a rule is judged on. Give frozen sections: a rule that changes its input then throws instead of misleading the next one. */
export interface JudgeInput {
  readonly rule: Judgeable;
  readonly snapshot: Snapshot;
  /** As the rule's schema parsed them. */
  readonly options: unknown;
  readonly at: Date;
  /** `openKey`s of the rule's open findings: only there does an `onlyIfOpen` breach count. */
  readonly open: ReadonlySet<string>;
}

/** Evaluates one rule. Never throws: whatever the rule does wrong is a `not_evaluated` with its reason. */
export function judge({ rule, snapshot, options, at, open }: JudgeInput): RuleResult {
  const needed = missingReason(rule.needs, snapshot);
  if (needed !== null) return notEvaluatedResult(rule.id, needed);
  try {
    const returned = rule.evaluate(toRuleInput(rule, snapshot), options, { at: new Date(at) });
    return judgeReturned({ rule, presence: snapshot, returned: { raw: returned }, open });
  } catch (error) {
    return failedResult(rule.id, `the rule failed: ${explainThrown(error)}`);
  }
}

/** The sections as `evaluate` gets them: needed ones as values, wanted and consulted ones with their presence. */
export function toRuleInput(
  rule: Pick<Judgeable, 'needs' | 'wants' | 'consults'>,
  snapshot: Snapshot,
): Readonly<Record<string, unknown>> {
  const needed = rule.needs.map((name) => {
    const section = snapshot[name];
    return [name, section?.present === true ? section.value : undefined];
  });
  const others = [...(rule.wants ?? []), ...(rule.consults ?? [])];
  const wanted = others.map((name) => [name, snapshot[name] ?? { present: false, missing: NOT_ASKED }]);
  return Object.freeze(Object.fromEntries([...needed, ...wanted]));
}

const NOT_ASKED: Reason = Object.freeze({ kind: 'not_collected', text: 'was not collected' });

/** What `evaluate` returned, and what decides whether it suffices for a verdict. */
export interface Returned {
  readonly rule: Pick<Judgeable, 'id' | 'wants'>;
  readonly presence: Presence;
  /** Checked and copied by `toPlainReturned` already, as a rule process does, or as the rule gave it. */
  readonly returned: { readonly plain: unknown } | { readonly raw: unknown };
  readonly open: ReadonlySet<string>;
}

/** The verdict that follows from what `evaluate` returned. Never throws. */
export function judgeReturned({ rule, presence, returned, open }: Returned): RuleResult {
  const outcome = 'plain' in returned ? parsePlain(returned.plain) : parseOutcome(returned.raw);
  if (outcome.is === 'garbage') return failedResult(rule.id, `the rule returned ${outcome.problem}`);
  if (outcome.is === 'not_evaluated') return notEvaluatedResult(rule.id, outcome.reason);
  const breaches = outcome.judgements.filter(isBreach).filter((breach) => counts(breach, open));
  const unjudged = outcome.judgements.filter((judgement) => 'unknown' in judgement);
  const wanted = missingReason(rule.wants ?? [], presence);
  const missed = wanted ?? unjudgedReason(unjudged, outcome.checked);
  return {
    rule: rule.id,
    verdict: breaches.length > 0 ? 'breached' : missed === null ? 'passed' : 'not_evaluated',
    reason: breaches.length > 0 ? wanted : missed,
    lacking: wanted,
    breaches,
    unjudged,
    checked: outcome.checked,
    limits: outcome.limits,
  };
}

/** A rule that could not be judged as a whole. */
export function notEvaluatedResult(rule: string, reason: Reason): RuleResult {
  return {
    rule,
    verdict: 'not_evaluated',
    reason,
    lacking: reason,
    breaches: [],
    unjudged: [],
    checked: null,
    limits: [],
  };
}

/** A rule that went wrong: somebody must mend it. */
export function failedResult(rule: string, text: string): RuleResult {
  return notEvaluatedResult(rule, { kind: 'rule_failed', text });
}

function counts(breach: Breach, open: ReadonlySet<string>): boolean {
  return breach.onlyIfOpen !== true || open.has(openKey(breach));
}

/** The worst reason among the subjects that could not be judged, with how many they are. */
function unjudgedReason(unjudged: readonly Unjudged[], checked: number | null): Reason | null {
  const kind = worstKind(unjudged.map((judgement) => judgement.unknown.kind));
  if (kind === null) return null;
  const texts = new Set(unjudged.map((judgement) => judgement.unknown.text));
  const first = unjudged.find((judgement) => judgement.unknown.kind === kind)?.unknown.text ?? '';
  const total = checked !== null && checked >= unjudged.length ? ` of ${checked}` : '';
  const noun = unjudged.length === 1 && total === '' ? 'subject' : 'subjects';
  const more = texts.size > 1 ? '; others for other reasons' : '';
  return { kind, text: `${unjudged.length}${total} ${noun} could not be judged: ${first}${more}` };
}
