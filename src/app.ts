import { randomBytes } from 'node:crypto';
import { ConfigurationError } from './app/complaint.ts';
import { tellMonitor } from './app/heartbeat.ts';
import { createLog, type LogLevel } from './app/log.ts';
import { createRedaction } from './app/redaction.ts';
import { type LoadedRules, loadRules, ruleProblems, rulesOf, toRuleSet } from './app/rule-set.ts';
import { systemClock } from './app/system-clock.ts';
import { productVersion } from './app/version.ts';
import type { AuditOutcome } from './audit/conclude.ts';
import type { AuditContext, AuditJob, RuleSet, WaiversInForce } from './audit/job.ts';
import { loadConfig, readEnvironment } from './config/load.ts';
import { loadWaivers } from './config/waivers.ts';
import type { Beat } from './deliver/heartbeat.ts';
import { createPump, type Pump } from './deliver/pump.ts';
import { ruleDoc } from './evaluate/catalogue.ts';
import type { Clock } from './model/clock.ts';
import type { Log } from './model/log.ts';
import type { Config } from './model/settings.ts';
import { loadTemplates, type Templates } from './render/templates.ts';
import { lockDaemon } from './store/daemon-lock.ts';
import { openStore, type Store } from './store/store.ts';
import { createAuditClient } from './virustotal/audit-client.ts';

/** What a command says about how to start. */
export interface AppOptions {
  /** Null: `VT_AUDITOR_CONFIG`, else `config.yaml` in the working directory. */
  readonly configFile: string | null;
  readonly logLevel: LogLevel;
}

/** A checked configuration with its rules and its log; nothing is opened yet. */
export interface Prepared {
  readonly config: Config;
  readonly rules: LoadedRules;
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
  readonly templates: Templates;
  /** The page about a built-in rule, as Markdown. */
  readonly ruleDoc: (id: string) => string;
}

/** The program, composed: what commands and the daemon work with. */
export interface App extends Prepared {
  readonly store: Store;
  readonly pump: Pump;
  /** The rules as they are now: custom rule files are read again, so that a new file counts from the next run on. */
  context(at: Date): Promise<AuditContext>;
  /** Tells an outside monitor that a job began or how it ended; without one configured, nothing. */
  beat(kind: Beat['kind'], job: AuditJob, outcomes: readonly AuditOutcome[]): Promise<void>;
  /** Closes what was opened, last first. */
  close(): Promise<void>;
}

/**
 * Loads and checks configuration and rules.
 * @throws ConfigurationError with every problem at once.
 */
export async function prepare({ configFile, logLevel }: AppOptions): Promise<Prepared> {
  const environment = readEnvironment();
  const version = productVersion();
  const file = configFile ?? (environment['VT_AUDITOR_CONFIG'] || 'config.yaml');
  const loaded = await loadConfig({ file, environment, at: systemClock.now() });
  if (!loaded.ok) throw new ConfigurationError(loaded.problems);
  const { config } = loaded;
  const log = createLog({ level: logLevel, version, redact: createRedaction(config.secrets) });
  const rules = await loadRules(config, log);
  const problems = ruleProblems(rules, config);
  if (problems.length > 0) throw new ConfigurationError(problems);
  return { config, rules, clock: systemClock, log, version, templates: loadTemplates(), ruleDoc };
}

/** Opens the store and composes the program for whoever delivers: the one daemon, or a command beside it. */
export async function openApp(options: AppOptions, sender: 'daemon' | 'command'): Promise<App> {
  const prepared = await prepare(options);
  const { config, clock, log } = prepared;
  const lock = sender === 'daemon' ? lockDaemon(config.store.path) : null;
  const store = openStore({ path: config.store.path });
  const pump = createPump({ store, channels: () => config.channels, clock, log, random: Math.random, sender });
  return {
    ...prepared,
    store,
    pump,
    context: async (at) => toContext(prepared, store, toRuleSet(await loadRules(config, log), config, at)),
    beat: (kind, job, outcomes) => tellMonitor(prepared, kind, job, outcomes),
    async close() {
      await pump.stop(0);
      store.close();
      lock?.release();
    },
  };
}

/** A new run's id: sortable by start, unguessable enough to be unique. */
export function newRunId(at: Date): string {
  return `${at.toISOString().replaceAll(/[-:]|\.\d+/g, '')}-${randomBytes(4).toString('hex')}`;
}

function toContext({ config, clock, log, version, templates }: Prepared, store: Store, rules: RuleSet): AuditContext {
  return {
    store,
    rules,
    inScope: rulesInScope(config, rules),
    channels: config.channels,
    look: config.report,
    templates,
    budget: config.api.budget,
    configDigest: config.digest,
    version,
    clock,
    log,
    openClient: (group, signal) =>
      createAuditClient({ api: config.api, group, clock, log, version, ...(signal === undefined ? {} : { signal }) }),
    loadWaivers: (at) => waiversInForce(config, log, at),
  };
}

function rulesInScope(config: Config, rules: RuleSet): AuditContext['inScope'] {
  return new Map(
    config.groups.map(({ id }) => [
      id,
      new Set(config.audits.filter(({ groups }) => groups.includes(id)).flatMap((audit) => rulesOf(audit, rules))),
    ]),
  );
}

/** Reads the waiver file for a run. One that cannot be read ends no waiver, and the report says so. */
async function waiversInForce(config: Config, log: Log, at: Date): Promise<WaiversInForce> {
  if (config.waivers === null) return { waivers: [], bad: [] };
  const file = await loadWaivers({
    file: config.waivers,
    timezone: config.report.timezone,
    at,
    maxWaiverDays: config.maxWaiverDays,
  });
  if (file.unreadable === null) return { waivers: file.waivers, bad: file.bad };
  log.error('waiver file not read', { problem: file.unreadable });
  return { waivers: null, bad: [{ place: config.waivers, problem: file.unreadable }] };
}
