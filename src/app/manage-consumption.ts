import type { App } from '../app.ts';
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
import type { GroupSettings } from '../model/settings.ts';
import { UsageError } from './complaint.ts';
import { openReads } from './manage.ts';
import { requireToldUse } from './personal-use.ts';

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
    return toQuotaLines(quotas, app.clock.now());
  } finally {
    client.close();
  }
}

/** A member's quotas beside the pools behind them. */
export async function readMemberQuotas({ app, group, stop }: ConsumptionInput, id: string): Promise<MemberQuotas> {
  requireToldUse(app, group.id, id);
  const client = openReads(app, group, stop);
  const at = app.clock.now();
  try {
    const quotas = Object.entries(await client.overallQuotas(id));
    const own = quotas.flatMap(([name, { user }]) => (user === null ? [] : [[name, user] as const]));
    return {
      own: toQuotaLines(Object.fromEntries(own), at),
      pools: quotas.flatMap(([name, { group: pool }]) => {
        const [line] = pool === null ? [] : toQuotaLines({ [name]: { allowed: pool.allowed, used: pool.used } }, at);
        return line === undefined ? [] : [{ ...line, inheritedFrom: pool?.inheritedFrom ?? null }];
      }),
    };
  } finally {
    client.close();
  }
}

/** Which use of the API is wanted. */
export interface UsageWanted {
  readonly subject: UsageSubject;
  readonly from: string | undefined;
  readonly to: string | undefined;
}

/** Use of the API, day by day. @throws UsageError when the days are none. */
export async function readUsageOf(
  { app, group, stop }: ConsumptionInput,
  { subject, from, to }: UsageWanted,
): Promise<readonly UsageLine[]> {
  if (subject.kind === 'account') requireToldUse(app, group.id, subject.id);
  const at = app.clock.now();
  const client = openReads(app, group, stop);
  try {
    return await readUsage({
      client,
      subject,
      range: toUsageRange(from, to, at),
      history: subject.kind === 'group' ? app.store.storedUsage(group.id) : [],
      at,
    });
  } catch (error) {
    if (error instanceof Refusal) throw new UsageError(error.message);
    throw error;
  } finally {
    client.close();
  }
}
