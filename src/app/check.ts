import type { App } from '../app.ts';
import { collect } from '../collect/collect.ts';
import { formatProblem } from '../config/problem.ts';
import { probe } from '../deliver/probe.ts';
import type { AuditSettings, GroupSettings } from '../model/settings.ts';
import { clockChangeWarnings, nextSlots } from '../schedule/slots.ts';
import { roomForCopy } from '../store/room.ts';
import { planJobs } from './plan-jobs.ts';
import { rulesWithNetwork } from './rule-network.ts';
import { toRuleSet } from './rule-set.ts';
import { readWaiverFile } from './waivers-in-force.ts';

/** One thing that was checked. `failed` means that the auditor cannot do its job as configured; `warning`, that somebody should look. */
export interface CheckLine {
  readonly state: 'ok' | 'warning' | 'failed';
  readonly about: string;
  readonly text: string;
}

/** Requests that answer whether a key works: for rights, and at most so many more. */
const CHECK_BUDGET = 20;

const UPCOMING = 5;
const DAY_MS = 86_400_000;

/** Everything that can be checked without a network: what the configuration warns of, rules, waivers, schedules, costs. */
export async function checkOffline(app: App): Promise<readonly CheckLine[]> {
  const { config, rules } = app;
  const at = app.clock.now();
  return [
    {
      state: 'ok',
      about: 'configuration',
      text: `${config.file}: ${count(config.groups.length, 'group')}, ${count(config.audits.length, 'audit')}, ${count(Object.keys(config.channels).length, 'channel')}`,
    },
    ...databaseLines(app),
    ...config.warnings.map(
      (warning): CheckLine => ({ state: 'warning', about: 'configuration', text: formatProblem(warning) }),
    ),
    ...(config.templates === null
      ? []
      : [{ state: 'ok', about: 'templates', text: `those in ${config.templates} work with a sample report` } as const]),
    ...ruleLines(app, at),
    ...(await waiverLines(app, at)),
    ...config.audits.flatMap((audit) => scheduleLines(audit, at)),
    ...(await costLines(app)),
    ...(rules.broken.length > 0
      ? [
          {
            state: 'warning',
            about: 'rules',
            text: 'a rule file that does not load makes every run partial until it is mended or removed',
          } as const,
        ]
      : []),
  ];
}

/** What only a network can tell: each key's rights and whether each channel can be reached. Nothing is sent. */
export async function checkOnline(app: App): Promise<readonly CheckLine[]> {
  const groups = await Promise.all(app.config.groups.map((group) => checkGroup(app, group)));
  const channels = await Promise.all(
    Object.values(app.config.channels).map(async (channel): Promise<CheckLine> => {
      const { ok, sentence } = await probe(channel, app.clock.now());
      return {
        state: ok ? 'ok' : 'failed',
        about: `channel ${channel.name}`,
        text: `${routeOf(channel.network.proxy !== null)}${sentence}`,
      };
    }),
  );
  return [...groups.flat(), ...channels];
}

/** A database of an older version: what the start of this one will do with it, and whether there is room for that. */
function databaseLines({ config, olderSchema }: App): readonly CheckLine[] {
  if (olderSchema === null) return [];
  const { path } = config.store;
  const { needed, free } = roomForCopy(path);
  const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1_000_000)} MB`;
  const about = 'database';
  const old = `${path} was written by an older version (schema ${olderSchema}) and was left as it is`;
  if (free < needed)
    return [
      {
        state: 'failed',
        about,
        text: `${old}; the daemon copies it before it brings it up to date, for which ${megabytes(needed)} must be free beside it, and ${megabytes(free)} are`,
      },
    ];
  return [
    {
      state: 'warning',
      about,
      text: `${old}; the daemon brings it up to date at its start, after a copy of ${megabytes(needed)} beside it`,
    },
  ];
}

function ruleLines(app: App, at: Date): readonly CheckLine[] {
  const set = toRuleSet(app.rules, app.config, at);
  const isDecided = ({ id }: { readonly id: string }): boolean => Object.hasOwn(app.config.rules, id);
  const byHand = set.disabled.filter(isDecided);
  const byDefault = set.disabled.filter((rule) => !isDecided(rule)).map(({ id }) => id);
  return [
    {
      state: 'ok',
      about: 'rules',
      text: `${set.builtIn.length} built-in and ${set.custom.length} custom rules in force${list('off by default', byDefault)}`,
    },
    ...networkLines(app),
    ...byHand.map(
      ({ id, reason, until }): CheckLine => ({
        state: 'warning',
        about: 'rules',
        text: `${id} is switched off${until === null ? '' : ` until ${until}`}: ${reason}`,
      }),
    ),
    ...set.broken.map(
      ({ file, reason }): CheckLine => ({
        state: 'failed',
        about: 'rules',
        text: `${file} does not load: ${reason.text}`,
      }),
    ),
  ];
}

function networkLines({ rules }: App): readonly CheckLine[] {
  const open = rulesWithNetwork(rules);
  if (open.length === 0) return [];
  const text = `${open.join(', ')}: nothing keeps rules in code from opening connections under Node ${process.versions.node}; Node 25 or newer does`;
  return [{ state: 'warning', about: 'rules', text }];
}

async function waiverLines(app: App, at: Date): Promise<readonly CheckLine[]> {
  const file = await readWaiverFile(app, at);
  if (file === null) return [];
  if (file.unreadable !== null) return [{ state: 'failed', about: 'waivers', text: file.unreadable }];
  if (file.absent) {
    const text = `${app.config.waivers ?? ''} is not there yet, so that nothing is waived; \`vt-auditor waive\` begins it`;
    return [{ state: 'warning', about: 'waivers', text }];
  }
  return [
    { state: 'ok', about: 'waivers', text: `${file.waivers.length} waivers` },
    ...file.bad.map(
      ({ place, problem }): CheckLine => ({ state: 'failed', about: 'waivers', text: `${place}: ${problem}` }),
    ),
  ];
}

function scheduleLines({ name, schedule, timezone }: AuditSettings, at: Date): readonly CheckLine[] {
  const about = `audit ${name}`;
  if (schedule === null)
    return [{ state: 'warning', about, text: 'has no schedule: it runs only when somebody types `vt-auditor run`' }];
  const slots = nextSlots({ expression: schedule, timezone, from: at, count: UPCOMING });
  const times = slots.map((slot) => slot.wallTime.slice(0, 16).replace('T', ' ')).join(', ');
  return [
    { state: 'ok', about, text: `next runs (${timezone}): ${times}` },
    ...clockChangeWarnings({ expression: schedule, timezone, from: at }).map(
      ({ sentence }): CheckLine => ({ state: 'warning', about, text: sentence }),
    ),
  ];
}

/** What runs cost: each audit alone, and all schedules of a day together. */
async function costLines(app: App): Promise<readonly CheckLine[]> {
  const at = app.clock.now();
  const lines: CheckLine[] = [];
  let perDay = 0;
  for (const { name, schedule, timezone } of app.config.audits) {
    const plans = await planJobs(app, { audits: [name], groups: [], rules: [] });
    const total = plans.reduce((sum, { plan }) => sum + plan.total, 0);
    const runs =
      schedule === null
        ? 0
        : nextSlots({ expression: schedule, timezone, from: at, count: 24 * 60 }).filter(
            (slot) => slot.at.getTime() < at.getTime() + DAY_MS,
          ).length;
    perDay += total * runs;
    lines.push({
      state: 'ok',
      about: `audit ${name}`,
      text: `a run costs about ${total} requests (${plans.map(({ basis }) => basis).join('; ')})`,
    });
  }
  return [
    ...lines,
    {
      state: 'ok',
      about: 'requests',
      text: `all schedules together cost about ${perDay} requests in the next 24 hours`,
    },
  ];
}

async function checkGroup(app: App, group: GroupSettings): Promise<readonly CheckLine[]> {
  const about = `group ${group.id}`;
  const at = app.clock.now();
  const context = await app.context(at);
  const client = context.openClient(group);
  try {
    const { snapshot, made } = await collect({
      client,
      groupId: group.id,
      identity: group.identity,
      sections: ['group', 'rights'],
      at,
      clock: app.clock,
      log: app.log,
      budget: CHECK_BUDGET,
    });
    const route = routeOf(app.config.api.network.proxy !== null);
    if (snapshot.group?.present === false)
      return [{ state: 'failed', about, text: `${route}${snapshot.group.missing.text}` }];
    if (snapshot.rights?.present !== true)
      return [
        {
          state: 'failed',
          about,
          text: `${route}the key's rights could not be tried: ${snapshot.rights?.missing.text ?? 'no answer'}`,
        },
      ];
    return [
      ...rightsLines(about, group, snapshot.rights.value),
      { state: 'ok', about, text: `${route}checked with ${made} requests` },
    ];
  } finally {
    client.close();
  }
}

function rightsLines(
  about: string,
  group: GroupSettings,
  rights: { proven: boolean; proofs: readonly string[]; identityIsAdministrator: boolean | null },
): readonly CheckLine[] {
  const identity = group.identity ?? null;
  const claim: readonly CheckLine[] =
    identity !== null && rights.identityIsAdministrator === false
      ? [{ state: 'warning', about, text: `${identity}, whose key it is said to be, is not among the administrators` }]
      : [];
  if (rights.proven)
    return [{ state: 'ok', about, text: `the key has administrator rights (${rights.proofs.join('; ')})` }, ...claim];
  return [
    {
      state: 'failed',
      about,
      text: "nothing proves that the key has administrator rights: addresses, last logins, caps and automatic joining would not be visible, and rules that need them would not be evaluated. Use an administrator's key",
    },
    ...claim,
  ];
}

function routeOf(hasProxy: boolean): string {
  return hasProxy ? 'through the proxy: ' : '';
}

function list(what: string, ids: readonly string[]): string {
  return ids.length === 0 ? '' : `; ${what}: ${ids.join(', ')}`;
}

function count(many: number, what: string): string {
  return `${many} ${what}${many === 1 ? '' : 's'}`;
}
