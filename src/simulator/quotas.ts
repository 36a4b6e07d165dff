import { toMonth } from '../model/instant.ts';
import { consumedBy, consumedByGroup, consumedLastHour } from './consumption.ts';
import { type Account, today, type World } from './world.ts';

/** An allowance and what is used of it, as on the wire. */
export interface WireQuota {
  readonly allowed: number;
  readonly used: number;
}

/** "No cap of one's own" for API requests a day and a month. */
const NO_CAP = 1_000_000_000;

/** The same for the hourly rate: sixty times as much. */
const NO_HOURLY_CAP = 60_000_000_000;

/** The present month of the world's clock. */
function month(world: World): string {
  return toMonth(world.clock.now());
}

/** The group's pools. */
export function groupQuotas(world: World): Readonly<Record<string, WireQuota>> {
  const entries = [...world.group.pools].map(([name, { allowed, used }]): [string, WireQuota] => [
    name,
    { allowed, used: used ?? groupUse(world, name) },
  ]);
  return Object.fromEntries(entries);
}

function groupUse(world: World, name: string): number {
  if (name === 'api_requests_hourly') return consumedLastHour(world);
  return consumedByGroup(world, name, name === 'api_requests_daily' ? today(world) : month(world));
}

/** The personal part of an account's quotas: its own cap and what it used itself. */
export function personalQuotas(world: World, account: Account): Readonly<Record<string, WireQuota>> {
  const quotas: Record<string, WireQuota> = {};
  for (const name of [...world.group.pools.keys(), ...Object.keys(world.group.data.personalQuotas)]) {
    const quota = personalQuota(world, account, name);
    if (quota !== null) quotas[name] = quota;
  }
  return quotas;
}

function personalQuota(world: World, account: Account, name: string): WireQuota | null {
  if (name === 'api_requests_hourly') return { allowed: NO_HOURLY_CAP, used: consumedLastHour(world, account) };
  if (name === 'api_requests_daily') {
    return { allowed: account.dailyCap ?? NO_CAP, used: consumedBy(world, account, name, today(world)) };
  }
  if (name === 'api_requests_monthly') return { allowed: NO_CAP, used: consumedBy(world, account, name, month(world)) };
  const allowed = world.group.data.personalQuotas[name];
  if (allowed !== undefined) return { allowed, used: consumedBy(world, account, name, month(world)) };
  // A pool whose use the group states as a whole is nobody's in particular.
  if (world.group.pools.get(name)?.used !== undefined) return null;
  return { allowed: 0, used: consumedBy(world, account, name, month(world)) };
}

/**
 * The answer of `overall_quotas`: by name the personal half and the group's half. Either may be missing: a quota that no pool stands
 * behind has no `group`, a pool that is nobody's in particular has no `user`.
 */
export function overallQuotas(world: World, account: Account): Readonly<Record<string, unknown>> {
  const personal = personalQuotas(world, account);
  const pools = account.group === world.group.id ? groupQuotas(world) : {};
  const names = new Set([...Object.keys(personal), ...Object.keys(pools)]);
  const entries = [...names].map((name): [string, unknown] => {
    const pool = pools[name];
    return [
      name,
      {
        ...(personal[name] && { user: personal[name] }),
        ...(pool && {
          group: { ...pool, inherited_from: world.group.pools.get(name)?.inheritedFrom ?? world.group.id },
        }),
      },
    ];
  });
  return Object.fromEntries(entries);
}
