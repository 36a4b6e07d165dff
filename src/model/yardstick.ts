import type { IntendedSections } from './snapshot.ts';

/** Everything on our side that a verdict depends on: kept with each run, compared with the next. */
export interface Yardstick {
  /** vt-auditor's version. */
  readonly version: string;
  /** By rule id. Rules that are switched off are not in it. */
  readonly rules: Readonly<Record<string, { readonly version: string; readonly options: unknown }>>;
  /** By rule id: why it is switched off. */
  readonly disabled: Readonly<Record<string, { readonly reason: string; readonly until: string | null }>>;
  /** Sections of the configuration; null where a list is not configured. */
  readonly intended: { readonly [Name in keyof IntendedSections]: IntendedSections[Name] | null };
  /** Digest of each waiver in force. */
  readonly waivers: readonly string[];
}

/** One change of the yardstick, in words: what, from, to. */
export interface YardstickChange {
  readonly what: string;
  readonly from: string;
  readonly to: string;
}
