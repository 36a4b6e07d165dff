import { ruleIdOf } from '../audit/auditor-health.ts';
import { formatProblem } from '../config/problem.ts';
import { toDay } from '../model/instant.ts';
import type { AuditSettings, Config, GroupSettings, Problem } from '../model/settings.ts';
import type { ApprovedEntry } from '../model/snapshot.ts';
import { type LoadedRules, rulesOf, toRuleSet } from './rule-set.ts';

/** What a look at the configuration's files came to. */
export type Reload =
  /** The new one is in force. `removed` and `restart` are sentences for people. */
  | { readonly kind: 'reloaded'; readonly removed: readonly string[]; readonly restart: readonly string[] }
  /** The old one stays in force. */
  | { readonly kind: 'broken'; readonly problems: readonly string[] };

/** A configuration with the rules that were loaded for it. */
export interface Configured {
  readonly config: Config;
  readonly rules: LoadedRules;
}

/** A configuration that cannot be used, in lines for people. */
export function brokenReload(problems: readonly Problem[]): Reload {
  return { kind: 'broken', problems: problems.map(formatProblem) };
}

/** What needs a restart, because a running daemon holds it open: the database and the address that it listens on. */
export function restartSentences(before: Config, now: Config): readonly string[] {
  const listen = ({ host, port }: Config['server']): string => `${host}:${port}`;
  return [
    ...(before.store.path === now.store.path
      ? []
      : [`store.path is now ${now.store.path}; until a restart the database stays ${before.store.path}`]),
    ...(listen(before.server) === listen(now.server)
      ? []
      : [`server.listen is now ${listen(now.server)}; until a restart it stays ${listen(before.server)}`]),
  ];
}

/** The new configuration with what only a restart can change as it was. */
export function withoutRestart(before: Config, now: Config): Config {
  return { ...now, store: { ...now.store, path: before.store.path }, server: before.server };
}

/**
 * Everything that a new configuration does not watch, compare with or tell any more, as sentences. A file that was cut off is often
 * valid: whoever did it on purpose reads one message too many.
 */
export function removedSentences(before: Configured, now: Configured, at: Date): readonly string[] {
  const groups = byName(now.config.groups, ({ id }) => id);
  const audits = byName(now.config.audits, ({ name }) => name);
  return [
    ...before.config.groups.flatMap((group) => groupSentences(group, groups.get(group.id))),
    ...before.config.audits.flatMap((audit) => auditSentences(audit, audits.get(audit.name))),
    ...ruleSentences(before, now, at),
    ...missing(Object.keys(before.config.channels), Object.keys(now.config.channels)).map(
      (name) => `the channel ${name} was removed`,
    ),
    ...missing(before.config.operators, now.config.operators).map(
      (name) => `${name} is not among the operators any more`,
    ),
    ...(before.config.waivers !== null && now.config.waivers === null ? ['the waiver file was removed'] : []),
    ...(before.config.heartbeat !== null && now.config.heartbeat === null ? ['the heartbeat was removed'] : []),
    ...(before.config.store.backup !== null && now.config.store.backup === null
      ? ['the nightly backup was removed']
      : []),
  ];
}

function byName<T>(items: readonly T[], name: (item: T) => string): ReadonlyMap<string, T> {
  return new Map(items.map((item) => [name(item), item]));
}

function missing(before: readonly string[], now: readonly string[]): readonly string[] {
  return before.filter((name) => !now.includes(name));
}

const LISTS = {
  administrators: 'administrators',
  serviceAccounts: 'service accounts',
  domains: 'domains',
  breakGlass: 'break-glass accounts',
} as const;

function groupSentences(before: GroupSettings, now: GroupSettings | undefined): readonly string[] {
  if (now === undefined) return [`the group ${before.id} was removed: it is not audited any more`];
  const names = ['administrators', 'serviceAccounts', 'domains', 'breakGlass'] as const;
  const lists = names.flatMap((name) => {
    const [from, to] = [before.approved[name], now.approved[name]];
    if (from === null) return [];
    if (to === null) return [`the list of approved ${LISTS[name]} of ${before.id} was removed`];
    return missing(from.map(idOf), to.map(idOf)).map(
      (entry) => `${entry} is not among the approved ${LISTS[name]} of ${before.id} any more`,
    );
  });
  const hasLost = before.singleSignOn !== null && now.singleSignOn === null;
  return [...lists, ...(hasLost ? [`the attestation of single sign-on of ${before.id} was removed`] : [])];
}

function idOf(entry: ApprovedEntry | string): string {
  return (typeof entry === 'string' ? entry : entry.id).toLowerCase();
}

function auditSentences(before: AuditSettings, now: AuditSettings | undefined): readonly string[] {
  if (now === undefined) return [`the audit ${before.name} was removed: it does not run any more`];
  const { name } = before;
  return [
    ...(before.schedule !== null && now.schedule === null ? [`the audit ${name} has no schedule any more`] : []),
    ...missing(before.groups, now.groups).map((group) => `the audit ${name} does not cover ${group} any more`),
    ...missing(
      before.send.map(({ to }) => to),
      now.send.map(({ to }) => to),
    ).map((channel) => `the audit ${name} does not send to ${channel} any more`),
    ...(before.heartbeat !== null && now.heartbeat === null ? [`the heartbeat of the audit ${name} was removed`] : []),
  ];
}

/** Rules that an audit judged and does not judge any more, each said once where no audit does. */
function ruleSentences(before: Configured, now: Configured, at: Date): readonly string[] {
  const [from, to] = [judgedRules(before, at), judgedRules(now, at)];
  // A file that broke is told by every report, and its findings stay open.
  const still = new Set([...[...to.values()].flat(), ...now.rules.broken.map(({ file }) => ruleIdOf(file))]);
  const gone = [...new Set([...from.values()].flat())].filter((rule) => !still.has(rule)).sort();
  const dropped = [...from].flatMap(([audit, rules]) =>
    missing(rules, to.get(audit) ?? rules)
      .filter((rule) => still.has(rule) && now.rules.requirements.has(rule))
      .map((rule) => `the audit ${audit} does not judge ${rule} any more`),
  );
  return [...gone.map((rule) => `the rule ${rule} is judged by no audit any more`), ...dropped];
}

function judgedRules({ config, rules }: Configured, at: Date): ReadonlyMap<string, readonly string[]> {
  const set = toRuleSet(rules, config, new Date(`${toDay(at)}T00:00:00Z`));
  return new Map(config.audits.map((audit) => [audit.name, rulesOf(audit, set)]));
}
