import { addDays, toDay } from '../model/instant.ts';
import type { UsageDay } from '../model/snapshot.ts';
import { ApiError } from '../virustotal/api-error.ts';
import type { AuditClient } from '../virustotal/audit-client.ts';
import { readDailyUse } from './group-usage.ts';
import { MissingSection } from './missing-section.ts';

/** Days of the auditor's own use: what one request may ask for. */
const OWN_DAYS = 30;

/** Calls of the account whose key this is said to be, in one free request. */
export async function readIdentityUsage(
  client: AuditClient,
  identity: string | null,
  at: Date,
): Promise<readonly UsageDay[]> {
  const today = toDay(at);
  const range = { from: addDays(today, 1 - OWN_DAYS), to: today };
  return ofIdentity(identity, (id) => readDailyUse(range, (asked) => client.accountUsage(id, asked)));
}

/** By quota, the group whose pool the account draws on whose key this is said to be, in one free request. */
export async function readQuotaPools(
  client: AuditClient,
  identity: string | null,
): Promise<Readonly<Record<string, string>>> {
  const quotas = await ofIdentity(identity, (id) => client.overallQuotas(id));
  return Object.fromEntries(
    Object.entries(quotas)
      .flatMap(([name, { group }]) => (group?.inheritedFrom ? [[name, group.inheritedFrom] as const] : []))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** Whose key it is said to be is a claim: that it names nobody is no fault of the collection. */
async function ofIdentity<T>(identity: string | null, read: (id: string) => Promise<T>): Promise<T> {
  if (identity === null) {
    throw new MissingSection('The configuration does not say whose key it is (identity).', null, 'not_configured');
  }
  try {
    return await read(identity);
  } catch (error) {
    if (error instanceof ApiError && (error.kind === 'not_found' || error.kind === 'forbidden')) {
      throw new MissingSection(
        `The API does not show it for ${identity}; write the account's id.`,
        error.kind,
        'not_on_record',
      );
    }
    throw error;
  }
}
