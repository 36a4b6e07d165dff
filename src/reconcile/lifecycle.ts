import type { FindingState } from '../model/finding.ts';

/** What was known of a finding before this run. */
export type Standing = 'open' | 'closed';

/**
 * What this run saw of it.
 * - `breach`: the rule reports it.
 * - `clean`: the rule was judged and does not report it.
 * - `past`: the same of an event, which has happened whether or not it can still be seen.
 * - `settled`: an event that somebody acknowledged, or that was open for as long as events are.
 * - `not_evaluated`: the rule could not be judged, or not for this subject.
 * - `out_of_scope`: no audit of the group contains the rule any more.
 */
export type Sight = 'breach' | 'clean' | 'past' | 'settled' | 'not_evaluated' | 'out_of_scope';

/** The whole life of findings. Null: it is, and stays, no finding that this run tells of. */
const LIFECYCLE = {
  closed: {
    breach: 'new',
    clean: null,
    past: null,
    settled: null,
    not_evaluated: null,
    out_of_scope: null,
  },
  open: {
    breach: 'persisting',
    clean: 'resolved',
    past: 'persisting',
    settled: 'resolved',
    not_evaluated: 'unverified',
    out_of_scope: 'withdrawn',
  },
} as const satisfies Record<Standing, Record<Sight, FindingState | null>>;

/** What a finding becomes. */
export function nextState<S extends Standing, N extends Sight>(standing: S, sight: N): (typeof LIFECYCLE)[S][N] {
  return LIFECYCLE[standing][sight];
}
