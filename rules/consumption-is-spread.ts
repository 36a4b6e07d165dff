import {
  type Breach,
  type Consumption,
  defineRule,
  type Group,
  type Judgement,
  notEvaluated,
  type Quota,
  type Section,
  type ServiceAccount,
  z,
} from '../src/rule.ts';

/** At or above this an allowance is the vendor's way of saying "no limit". */
const UNLIMITED_FROM = 100_000_000;

const Options = z.strictObject({
  /** The largest share of what was used, in percent, that one account may have. */
  maxShare: z.number().min(1).max(99).default(50),
  /** Pools are judged when more than this share of them, in percent, is used. */
  usedOver: z.number().min(1).max(100).default(50),
});

export default defineRule({
  id: 'consumption-is-spread',
  title: 'No single account uses most of what the group has',
  severity: 'low',
  tags: ['usage'],
  why: 'When one account takes most of a pool that is running down, the others will find it empty.',
  fix: {
    text: 'Ask the owner of the account whether that is meant. Cap it where the vendor allows, or plan a larger pool.',
    effort: 'medium',
  },
  controls: {
    'ISO/IEC 27001:2022': ['A.8.6'],
    'NIST SP 800-53 r5': ['SC-6'],
    'SOC 2 TSC 2017': ['A1.1'],
  },
  offByDefault: true,
  version: 1,
  needs: ['group', 'consumption'],
  // Which kind of account it is.
  wants: ['serviceAccounts'],
  options: Options,

  evaluate({ group, consumption, serviceAccounts }, { maxShare, usedOver }) {
    if (!group.quotas.known) return notEvaluated(group.quotas.why, 'The quotas of the group were not shown');
    const machines = idsOf(serviceAccounts);
    const unread = (group.unreadable?.quotas ?? []).filter((name) => /_(?:daily|monthly)$/.test(name));
    const pools = Object.entries(group.quotas.value).filter(([name, quota]) => isRunningDown(name, quota, usedOver));
    return {
      judgements: [
        ...pools.flatMap(([name, quota]) => judge({ name, quota, machines, maxShare }, consumption)),
        ...unread.map(toUnread),
      ],
      checked: pools.length + unread.length,
      limits: unreadLimit(pools, consumption, group),
    };
  },
});

function toUnread(name: string): Judgement {
  const text = 'The API sent this quota in a form that cannot be read';
  return { subject: { kind: 'quota', id: name }, key: name, unknown: { kind: 'not_collected', text } };
}

/** A budget with a limit and a reset, of which more than the share is used. */
function isRunningDown(name: string, { allowed, used }: Quota, usedOver: number): boolean {
  const isBudget = /_(?:daily|monthly)$/.test(name) && allowed > 0 && allowed < UNLIMITED_FROM;
  return isBudget && 100 * used > usedOver * allowed;
}

interface Pool {
  readonly name: string;
  readonly quota: Quota;
  readonly machines: ReadonlySet<string>;
  readonly maxShare: number;
}

/** What was used altogether is the larger of the pool's own figure and the sum over the accounts, which are not read at one moment. */
function judge({ name, quota, machines, maxShare }: Pool, consumption: readonly Consumption[]): readonly Breach[] {
  const list = consumption.find((one) => one.quota === name);
  if (list === undefined) return [];
  const total = Math.max(
    quota.used,
    list.consumers.reduce((sum, { used }) => sum + used, 0),
  );
  return list.consumers
    .filter(({ used }) => 100 * used > maxShare * total)
    .map(({ id, used }) => ({
      subject: { kind: machines.has(id) ? ('service_account' as const) : ('member' as const), id },
      key: name,
      message: `${id} used ${used} of the ${total} that the group used of ${name}, of ${quota.allowed} allowed`,
      evidence: {
        allowed: quota.allowed,
        period: list.period,
        quota: name,
        sharePercent: Math.round((1000 * used) / total) / 10,
        used,
        usedByGroup: total,
      },
    }));
}

function idsOf(section: Section<readonly ServiceAccount[]>): ReadonlySet<string> {
  return new Set(section.present ? section.value.map(({ id }) => id) : []);
}

function unreadLimit(
  pools: readonly (readonly [string, Quota])[],
  consumption: readonly Consumption[],
  group: Group,
): readonly string[] {
  const read = new Set(consumption.map(({ quota }) => quota));
  const unread = pools.map(([name]) => name).filter((name) => !read.has(name));
  return unread.length === 0
    ? []
    : [`The API does not tell who in ${group.id} consumes ${unread.sort().join(', ')}, so these were not judged`];
}
