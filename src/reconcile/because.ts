import type { Because, Finding } from '../model/finding.ts';

/** What a rule was judged with when it was last judged, and what that would say of the present sections. */
export interface PreviousMeasure {
  /** Whether this rule was ever judged for the group. */
  readonly judgedBefore: boolean;
  /** Whether the rule's version is another than then. */
  readonly versionChanged: boolean;
  /**
   * Ids of findings that the previous options and intended lists give on the present sections; null: they did not change;
   * `unjudged`: measured as before, the rule could not be judged, so nothing is known of what the group did.
   */
  readonly breaches: ReadonlySet<string> | 'unjudged' | null;
}

/** What tells the group's doing from ours. */
export interface BecauseInput {
  readonly at: Date;
  /** By rule id; absent: judged for the first time. */
  readonly measures: ReadonlyMap<string, PreviousMeasure>;
  /** Ids of accounts that are in the group; null when that was not read, then nobody is said to have left. */
  readonly accounts: ReadonlySet<string> | null;
}

/** An opening is the group's doing unless our own side changed and, measured as before, nothing would have opened. */
export function whyOpened({ measures }: BecauseInput, rule: string, id: string): Because {
  // Where nothing was ever judged, nothing of ours can have changed: that is how the group was found.
  if (measures.size === 0) return 'group_changed';
  const measure = measures.get(rule);
  if (measure === undefined || !measure.judgedBefore) return 'rule_changed';
  if (measure.breaches === 'unjudged' || measure.breaches?.has(id) === false) return 'yardstick_changed';
  return measure.versionChanged ? 'rule_changed' : 'group_changed';
}

/** A closing is the group's doing only when, measured as before, the breach would be gone as well. */
export function whyClosed(input: BecauseInput, finding: Finding): Because {
  const measure = input.measures.get(finding.rule);
  if (finding.resetsAt !== null && Date.parse(finding.resetsAt) <= input.at.getTime()) return 'reset';
  if (hasLeft(input, finding)) return 'left_group';
  const before = measure?.breaches ?? null;
  if (before === 'unjudged' || before?.has(finding.id) === true) return 'yardstick_changed';
  return measure?.versionChanged === true ? 'rule_changed' : 'group_changed';
}

function hasLeft({ accounts }: BecauseInput, { subject }: Finding): boolean {
  const isAccount = subject.kind === 'member' || subject.kind === 'service_account';
  return isAccount && accounts !== null && !accounts.has(subject.id);
}
