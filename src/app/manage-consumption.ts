import type { App } from '../app.ts';
import { allOf } from '../manage/facts.ts';
import { type QuotaLine, toQuotaLines } from '../manage/quota-rows.ts';
import { Refusal } from '../manage/refusal.ts';
import {
  readUsage,
  toEndpointTotals,
  totalOf,
  toUsageRange,
  type UsageLine,
  type UsageSubject,
} from '../manage/usage.ts';
import { dailyUse } from '../model/daily-use.ts';
import type { QuotaHistory } from '../model/forecast.ts';
import { addDays, toDay } from '../model/instant.ts';
import type { GroupSettings } from '../model/settings.ts';
import type { UsageDay } from '../model/snapshot.ts';
import { ApiError } from '../virustotal/api-error.ts';
import type { AuditClient } from '../virustotal/audit-client.ts';
import type { WireOverallQuota } from '../virustotal/wire/quotas.ts';
import { UsageError } from './complaint.ts';
import { openReads } from './manage.ts';
import { peopleToShow, requireToldUse } from './personal-use.ts';

export { toEndpointTotals, totalOf };

/** Where consumption is read. */
export interface ConsumptionInput {
  readonly app: App;
  readonly group: GroupSettings;
  readonly stop: AbortSignal;
}

/** A member's quotas: its own, and the pools of groups that it draws on. */
export interface MemberQuotas {
  readonly own: readonly QuotaLine[];
  readonly pools: readonly (QuotaLine & { readonly inheritedFrom: string | null })[];
}

/** The group's quotas. @throws UsageError when the key may not see them. */
export async function readGroupQuotas({ app, group, stop }: ConsumptionInput): Promise<readonly QuotaLine[]> {
  const client = openReads(app, group, stop);
  try {
    const { quotas } = await client.group();
    if (quotas === null) throw new UsageError("the key may not see the group's quotas");
    const at = app.clock.now();
    return toQuotaLines(quotas, at, storedHistory(app, group.id, at));
  } finally {
    client.close();
  }
}

/** What the audits have stored: asking again would cost more than a glance is worth. Days count only where none is missing up to now. */
function storedHistory({ store }: App, group: string, at: Date): QuotaHistory {
  const yesterday = addDays(toDay(at), -1);
  const stored = store.storedUsage(group);
  const isCurrent = stored.some(({ day }) => day === yesterday);
  return { days: isCurrent ? dailyUse(stored, { to: yesterday }) : [], readings: store.quotaReadings(group) };
}

/** A member's quotas beside the pools behind them. */
export async function readMemberQuotas({ app, group, stop }: ConsumptionInput, id: string): Promise<MemberQuotas> {
  requireToldUse(app, group.id, id);
  const client = openReads(app, group, stop);
  try {
    return toMemberQuotas(await client.overallQuotas(id), app.clock.now());
  } finally {
    client.close();
  }
}

/** What was read of many accounts, and sentences about those that the API has nothing to say of. */
export interface ReadOfMany<Row> {
  readonly rows: readonly Row[];
  readonly gaps: readonly string[];
}

/** Called as one account after another is read. */
export type TellOfMany = (done: number, of: number) => void;

/** Reads accounts one by one. A record that cannot be read costs its row and not the others. @throws ApiError for anything else. */
async function readMany<Row>(
  { ids, gaps: left }: { readonly ids: readonly string[]; readonly gaps: readonly string[] },
  read: (id: string) => Promise<Row>,
  tell: TellOfMany,
): Promise<ReadOfMany<Row>> {
  const rows: Row[] = [];
  const gaps = [...left];
  for (const [index, id] of ids.entries()) {
    try {
      rows.push(await read(id));
    } catch (error) {
      if (!(error instanceof ApiError) || (error.kind !== 'not_found' && error.kind !== 'forbidden')) throw error;
      gaps.push(`${id}: ${error.message}`);
    }
    tell(index + 1, ids.length);
  }
  return { rows, gaps };
}

/** Every member's own quotas, one request a member, by id. */
export async function readQuotasOfAll(
  input: ConsumptionInput,
  tell: TellOfMany,
): Promise<ReadOfMany<{ readonly account: string; readonly own: readonly QuotaLine[] }>> {
  const { app, group, stop } = input;
  const client = openReads(app, group, stop).limitedTo({ maxRequests: app.config.api.budget.run });
  const at = app.clock.now();
  const read = async (account: string) => ({
    account,
    own: toMemberQuotas(await client.overallQuotas(account), at).own,
  });
  try {
    return await readMany(await membersToTell(input, client), read, tell);
  } finally {
    client.close();
  }
}

function toMemberQuotas(answered: Readonly<Record<string, WireOverallQuota>>, at: Date): MemberQuotas {
  const quotas = Object.entries(answered);
  const own = quotas.flatMap(([name, { user }]) => (user === null ? [] : [[name, user] as const]));
  return {
    own: toQuotaLines(Object.fromEntries(own), at),
    pools: quotas.flatMap(([name, { group: pool }]) => {
      const [line] = pool === null ? [] : toQuotaLines({ [name]: { allowed: pool.allowed, used: pool.used } }, at);
      return line === undefined ? [] : [{ ...line, inheritedFrom: pool?.inheritedFrom ?? null }];
    }),
  };
}

/** Ids of the members whose use may be told, in order, and a sentence about the others. */
async function membersToTell(
  { app, group }: ConsumptionInput,
  client: AuditClient,
): Promise<{ readonly ids: readonly string[]; readonly gaps: readonly string[] }> {
  const all = [...new Set((await allOf(client.memberRoles())).map(({ id }) => id))].sort();
  const people = peopleToShow(app, group.id);
  const ids = all.filter((id) => people === null || people.isNamed(id));
  const left = all.length - ids.length;
  return { ids, gaps: left === 0 ? [] : [`${left} members are left out: privacy.namePersonalUsage is false`] };
}

/** Whose use of the API is wanted: the group's, that of some accounts, or of every member. */
export type UsageWhose =
  | { readonly kind: 'group' }
  | { readonly kind: 'accounts'; readonly ids: readonly string[] }
  | { readonly kind: 'everybody' };

/** Which use of the API is wanted. */
export interface UsageWanted {
  readonly whose: UsageWhose;
  readonly from: string | undefined;
  readonly to: string | undefined;
}

/** Use of the API by the group or an account, day by day. */
export interface AccountUsage {
  readonly account: string;
  readonly lines: readonly UsageLine[];
}

/** Use of the API, day by day. @throws UsageError when the days are none. */
export async function readUsageOf(
  input: ConsumptionInput,
  { whose, from, to }: UsageWanted,
  tell: TellOfMany,
): Promise<ReadOfMany<AccountUsage>> {
  const { app, group, stop } = input;
  if (whose.kind === 'accounts') for (const id of whose.ids) requireToldUse(app, group.id, id);
  const at = app.clock.now();
  const client = openReads(app, group, stop).limitedTo({ maxRequests: app.config.api.budget.run });
  const readOf = async (account: string, subject: UsageSubject, history: readonly UsageDay[]) => ({
    account,
    lines: await readUsage({ client, subject, range: toUsageRange(from, to, at), history, at }),
  });
  try {
    if (whose.kind === 'group')
      return { rows: [await readOf(group.id, whose, app.store.storedUsage(group.id))], gaps: [] };
    const read = (id: string) => readOf(id, { kind: 'account', id }, []);
    if (whose.kind === 'everybody') return await readMany(await membersToTell(input, client), read, tell);
    const rows: AccountUsage[] = [];
    for (const id of whose.ids) rows.push(await read(id));
    return { rows, gaps: [] };
  } catch (error) {
    if (error instanceof Refusal) throw new UsageError(error.message);
    throw error;
  } finally {
    client.close();
  }
}
