import type { CollectedName } from './snapshot.ts';

/** The requests one section will cost. */
export interface PlannedSection {
  readonly section: CollectedName;
  /** Requests, counting each page. */
  readonly requests: number;
  /** False when the number depends on answers that are not known yet. */
  readonly exact: boolean;
  /** Rules that need or want it, sorted. */
  readonly rules: readonly string[];
}

/** The requests a run will make, known before the first. */
export interface RequestPlan {
  readonly sections: readonly PlannedSection[];
  readonly total: number;
}
