import type { Day, Instant } from './instant.ts';

/** An accepted finding, as written in the waiver file. */
export interface Waiver {
  readonly rule: string;
  readonly group: string | null;
  /** The subject's id or e-mail address, in any case. */
  readonly subject: string;
  /** Only this key of the subject (one quota); null: all. */
  readonly key: string | null;
  readonly reason: string;
  readonly approvedBy: string;
  /** Inclusive, to its end in the report's time zone. */
  readonly expires: Day;
  readonly ticket: string | null;
  /** The instant at which it stops to count. */
  readonly endsAt: Instant;
}

/** A waiver as a finding shows it. `expired`: it covered the finding until it ended. */
export interface AppliedWaiver {
  readonly reason: string;
  readonly approvedBy: string;
  readonly expires: Day;
  readonly ticket: string | null;
  readonly expired: boolean;
}

/** An entry of the waiver file that does not count, and why. */
export interface BadWaiver {
  readonly place: string;
  readonly problem: string;
}
