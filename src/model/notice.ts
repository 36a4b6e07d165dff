import type { Instant } from './instant.ts';

/** Something about the auditor itself that somebody must know and that belongs to no run. */
export interface Notice {
  /** What it is about, for programs: told once a day. */
  readonly cause: string;
  /** One line. */
  readonly title: string;
  /** Sentences: what happened, what follows, what to do. No secret, no address. */
  readonly lines: readonly string[];
  readonly at: Instant;
}
