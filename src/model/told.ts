import type { Instant } from './instant.ts';
import type { Severity } from './severity.ts';

/** State of what was told in a message that could not be delivered: the reader has not heard of it. */
export const UNHEARD = 'unheard';

/** What a reader (one audit's report in one channel) was last told of a finding. */
export interface Told {
  readonly audit: string;
  readonly channel: string;
  /** A finding's id, or `status` for the run's own state. */
  readonly finding: string;
  readonly severity: Severity;
  /** Open, closed or unheard; for `status` a digest of what was wrong, `complete` or unheard. */
  readonly state: string;
  readonly at: Instant;
  /** How often this reader was told since the finding opened. */
  readonly count: number;
}
