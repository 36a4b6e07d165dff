import type { Report } from './report.ts';

/**
 * A report as one reader (an audit's channel) gets it. What belongs to the run (rules, sections, quotas, use, trend, yardstick) is the
 * same for every reader but those with `domains`, who get nothing of other people; the findings are filtered.
 */
export interface RoutedReport {
  /** `findings` are those that this reader is to see, in the state that they have for this reader; `summary` counts those. */
  readonly report: Report;
  readonly audit: string;
  readonly channel: string;
  /** This reader's first report of the group: the full state, so nothing in it is news about the group. */
  readonly firstReport: boolean;
  /** Ids of findings that this reader has not been told of in their present state: opened, stepped up, resolved or closed. */
  readonly news: ReadonlySet<string>;
  /** Open findings that the reader's filters leave out; 0 where the reader is not to know how many there are. */
  readonly hidden: number;
  /** The reader hears of accounts with an address in these domains only; null: of everything. */
  readonly domains: readonly string[] | null;
}
