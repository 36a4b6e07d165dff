import type { Severity } from './severity.ts';

/** Controls that a rule is evidence for, by framework, as the framework writes them. */
export type Controls = Readonly<Record<string, readonly string[]>>;

/** How to end a breach, and how much work that is. */
export interface Fix {
  readonly text: string;
  readonly effort: 'low' | 'medium' | 'high';
  readonly url?: string;
}

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
  readonly source: 'built-in' | 'custom';
  /** Changes when the rule's code may judge differently: a number for built-in rules, a digest for custom ones. */
  readonly version: string;
}
