import type { App } from '../app.ts';
import { latestIn } from '../audit/people.ts';
import type { Forgotten } from '../store/forget.ts';
import { UsageError } from './complaint.ts';

/** Whose rows are to go. */
export interface Leaver {
  readonly group: string;
  readonly account: string;
}

/**
 * What the database holds of somebody who left.
 * @throws UsageError when the last audit still saw the account: the next one would only store it again.
 */
export function lookForLeaver({ store }: Pick<App, 'store'>, { group, account }: Leaver): Forgotten {
  const latest = latestIn(store, group);
  const present = [...(latest('members') ?? []), ...(latest('serviceAccounts') ?? [])];
  const isPresent = present.some(({ id }) => id.toLowerCase() === account.toLowerCase());
  if (isPresent) {
    throw new UsageError(
      `the last audit of ${group} saw ${account} in the group, so the next one would store it again; forget it once it is removed and an audit has run`,
    );
  }
  return store.forget({ group, account, write: false });
}

/** Takes somebody who left out of what is stored. @throws UsageError like `lookForLeaver`. */
export function forgetLeaver(app: Pick<App, 'store'>, leaver: Leaver): Forgotten {
  lookForLeaver(app, leaver);
  return app.store.forget({ ...leaver, write: true });
}
