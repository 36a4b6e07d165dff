import type { Instant } from './instant.ts';
import type { Reason } from './reason.ts';
import type { SectionName } from './snapshot.ts';

/** How a run ended, or that it has not. */
export type RunStatus = 'running' | 'complete' | 'partial' | 'failed';

/** What started a run. */
export type Trigger = 'schedule' | 'manual' | 'catch_up';

/** SHA-256 digests, hex, of what a run read and said; `previous` chains the runs of a group. */
export interface Digests {
  readonly config: string;
  readonly rules: string;
  readonly sections: string;
  readonly report: string;
  readonly previous: string | null;
}

/** One execution of an audit for one group. */
export interface Run {
  /** Sortable and unique: `YYYYMMDDTHHMMSSZ-` and random characters. */
  readonly id: string;
  readonly audit: string;
  readonly group: string;
  readonly status: RunStatus;
  readonly trigger: Trigger;
  /** Restricted by hand to some rules or groups: never an official result. */
  readonly narrowed: boolean;
  /** Wall time of the slot with its zone, such as `2026-11-23T08:00[Europe/Madrid]`; null for manual runs. */
  readonly slot: string | null;
  readonly dueAt: Instant | null;
  readonly startedAt: Instant;
  readonly finishedAt: Instant | null;
  /** vt-auditor's version. */
  readonly version: string;
  readonly requests: { readonly planned: number; readonly made: number };
  /** Since when this database knows the group. */
  readonly historySince: Instant;
  /** Why the run failed as a whole. */
  readonly failure: Reason | null;
}

/** The population behind a verdict: how much of a section there was, and whether all of it was read. */
export interface SectionSummary {
  readonly name: SectionName;
  /** Items of a list, 1 for a single object, null when missing. */
  readonly items: number | null;
  readonly complete: boolean;
  readonly requests: number;
  readonly reason: Reason | null;
}
