import type { WireAccount } from '../virustotal/wire/account.ts';
import type { WireQuotas } from '../virustotal/wire/quotas.ts';

/** So many different ones are kept: most accounts of a group have the same, and of the others each may have its own. */
const MOST_KEPT = 256;

/** Gives accounts with the same quotas one object for them, which in a group of 100,000 is a third of the list. */
export function quotaSharing(): (account: WireAccount) => WireAccount {
  const kept = new Map<string, WireQuotas>();
  return (account) => {
    if (account.quotas === null) return account;
    const text = JSON.stringify(account.quotas);
    const known = kept.get(text);
    if (known !== undefined) return { ...account, quotas: known };
    if (kept.size < MOST_KEPT) kept.set(text, account.quotas);
    return account;
  };
}
