import type { Day, Instant } from './instant.ts';
import type { Severity } from './severity.ts';

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
  /** When it was approved: its lifetime is counted from there; absent: from the day of the audit. */
  readonly approvedOn?: Day | null;
  /** How bad the finding was that was approved; absent: as bad as when the waiver first covered it. */
  readonly severity?: Severity | null;
  /** Inclusive, to its end in the report's time zone. */
  readonly expires: Day;
  readonly ticket: string | null;
  /** The instant at which it stops to count. */
  readonly endsAt: Instant;
}

/** Why a waiver does not cover a finding any more: its time is over, the finding got worse, or the entry is gone from the file. */
export type WaiverEnd = 'expired' | 'outgrown' | 'removed';

/** A waiver as a finding shows it. `expired`: it covered the finding until it ended, for whatever reason. */
export interface AppliedWaiver {
  readonly reason: string;
  readonly approvedBy: string;
  readonly expires: Day;
  readonly ticket: string | null;
  readonly expired: boolean;
  /** Why it ended; absent while it holds. */
  readonly ended?: WaiverEnd;
  /** When it ended, or when a run saw that it had; absent while it holds and in what older versions stored. */
  readonly endedAt?: Instant;
  /** The severity up to which it covers the finding; absent in what older versions stored. */
  readonly upTo?: Severity;
}

/** An entry of the waiver file that does not count, and why. */
export interface BadWaiver {
  readonly place: string;
  readonly problem: string;
}
