import type { App } from '../app.ts';
import { describe } from '../manage/describe.ts';
import type { RecordedChange } from '../model/change.ts';
import { resolutionOf } from './manage-remediation.ts';

/** A recorded change in words. */
export interface ChangeRow {
  readonly change: RecordedChange;
  readonly subject: string;
  readonly what: string;
  readonly outcome: string;
  /** What became of the findings that it answers. */
  readonly findings: string;
}

/** What was changed by hand, newest first. */
export function listChanges(
  app: Pick<App, 'store'>,
  query: { readonly limit: number; readonly group?: string },
): readonly ChangeRow[] {
  return app.store.changes(query).map((change) => {
    const { subject, what } = describe(change.target, change.before);
    return {
      change,
      subject,
      what,
      outcome: change.outcome ?? 'unknown (ended before it could say)',
      findings: resolutionOf(change, app),
    };
  });
}
