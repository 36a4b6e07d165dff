import type { RuleResult } from '../model/judgement.ts';
import { isPartialKind, type Reason } from '../model/reason.ts';
import type { RunStatus, SectionSummary } from '../model/run.ts';
import type { Rights } from '../model/snapshot.ts';

/** What decides whether a run is complete. */
export interface StatusInput {
  readonly failure: Reason | null;
  readonly rights: Rights | null;
  readonly sections: readonly SectionSummary[];
  readonly results: readonly RuleResult[];
  readonly brokenRules: readonly { readonly reason: Reason }[];
}

/** Complete only when everything asked for was collected, seen and run. What is merely not configured does not count. */
export function runStatus(input: StatusInput): Exclude<RunStatus, 'running'> {
  if (input.failure !== null) return 'failed';
  const reasons = [
    ...input.sections.map((section) => section.reason),
    ...input.results.map((result) => result.reason),
    ...input.results.flatMap((result) => result.unjudged.map((unjudged) => unjudged.unknown)),
    ...input.brokenRules.map((rule) => rule.reason),
  ];
  const isIncomplete = reasons.some((reason) => reason !== null && isPartialKind(reason.kind));
  return isIncomplete || input.rights?.proven === false ? 'partial' : 'complete';
}
