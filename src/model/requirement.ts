import type { Severity } from './severity.ts';

/** Controls that a rule is evidence for, by framework, as the framework writes them. */
export type Controls = Readonly<Record<string, readonly string[]>>;

/** How to end a breach, and how much work that is. */
export interface Fix {
  readonly text: string;
  readonly effort: 'low' | 'medium' | 'high';
  readonly url?: string;
}

/**
 * What a rule that reads who used what, and when, speaks of: of accounts as such, of which one says that nobody uses it, or of the use.
 * Where personal use may not be named, a member is named in the first case, without the use, and in the second case not at all.
 */
export type PersonalUse = 'account' | 'use';

/** What a rule is, without its code: everything reports, commands and channels say about it. */
export interface Requirement {
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  readonly tags: readonly string[];
  readonly why: string;
  readonly fix: Fix;
  readonly controls: Controls;
  /** A rule about something that happened: its findings stay until acknowledged, or age out after so many days. */
  readonly event: { readonly agesOutAfterDays: number } | null;
  /** Absent: the rule does not read what single people use. */
  readonly personalUse?: PersonalUse;
  readonly source: 'built-in' | 'custom';
  /** Changes when the rule's code may judge differently: a number for built-in rules, a digest for custom ones. */
  readonly version: string;
}
