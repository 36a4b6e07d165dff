/** Kinds of reasons that make a run partial: somebody must act before "met" can be believed again. */
export const PARTIAL_KINDS = ['not_collected', 'not_visible', 'rule_failed', 'timed_out'] as const;

/** Kinds that are shown under "could not be checked", never pass, and do not make a run partial. */
export const QUIET_KINDS = ['not_configured', 'not_enough_history', 'not_on_record'] as const;

/** Any kind of reason. */
export type ReasonKind = (typeof PARTIAL_KINDS)[number] | (typeof QUIET_KINDS)[number];

/** Why something could not be judged: a kind for programs, a sentence for people (no secret, no address, no body). */
export interface Reason {
  readonly kind: ReasonKind;
  readonly text: string;
}

/** Whether a reason of this kind makes the run partial. */
export function isPartialKind(kind: ReasonKind): boolean {
  return PARTIAL_KINDS.some((partial) => partial === kind);
}
