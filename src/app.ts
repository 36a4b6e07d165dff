import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { ConfigurationError } from './app/complaint.ts';
import { tellMonitors, tellOfFailure } from './app/heartbeat.ts';
import { loadAgain, type Origin } from './app/load-again.ts';
import { createLog, type LogFormat, type LogLevel } from './app/log.ts';
import { type ReadConfig, readWatched, watchedFiles } from './app/read-config.ts';
import { createRedaction } from './app/redaction.ts';
import type { Reload } from './app/reload.ts';
import { allProblems, type LoadedRules, loadRules, ruleProblems, toRuleSet } from './app/rule-set.ts';
import { systemClock } from './app/system-clock.ts';
import { makeTemplates } from './app/templates.ts';
import { toContext } from './app/to-context.ts';
import { createTraffic, type Traffic } from './app/traffic.ts';
import { productVersion } from './app/version.ts';
import { readWaiverFile } from './app/waivers-in-force.ts';
import type { AuditOutcome } from './audit/conclude.ts';
import type { AuditContext, AuditJob } from './audit/job.ts';
import { createFingerprints, type Fingerprints } from './config/fingerprint.ts';
import { type LoadInput, loadConfig, readEnvironment } from './config/load.ts';
import type { Beat } from './deliver/heartbeat.ts';
import { createPump, type Pump } from './deliver/pump.ts';
import type { Sender } from './model/attempt.ts';
import type { Clock } from './model/clock.ts';
import type { Log } from './model/log.ts';
import type { Notice } from './model/notice.ts';
import type { Config } from './model/settings.ts';
import { raiseNotice } from './notice.ts';
import type { Templates } from './render/templates.ts';
import { lockDaemon } from './store/daemon-lock.ts';
import type { Upgrade } from './store/database.ts';
import { openEmptyStore, openStore, type Store, schemaBehind, upgradeStore } from './store/store.ts';
import { createPaces, type Paces } from './virustotal/pace.ts';

/** What a command says about how to start. */
export interface AppOptions {
  /** Null: `VT_AUDITOR_CONFIG`, else `config.yaml` in the working directory. */
  readonly configFile: string | null;
  readonly logLevel: LogLevel;
  /** Default: JSON. */
  readonly logFormat?: LogFormat;
}

/** A checked configuration with its rules and its log; nothing is opened yet. */
export interface Prepared {
  readonly config: Config;
  readonly rules: LoadedRules;
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
  readonly templates: Templates;
}

/** A configuration and what audits share under it: a run keeps both, whatever is reloaded meanwhile. */
export interface InForce {
  readonly config: Config;
  readonly context: AuditContext;
}

/** The program, composed: what commands and the daemon work with. `config`, `rules` and `templates` are those in force at the moment of asking. */
export interface App extends Prepared {
  readonly store: Store;
  /** The schema of a database of an older version that was left as it is, so that `store` remembers nothing; null: `store` is the database. */
  readonly olderSchema: number | null;
  readonly pump: Pump;
  /** What the API answered since the process began. */
  readonly traffic: Traffic;
  readonly paces: Paces;
  /** The rules as they are now: custom rule files are read again, so that a new file counts from the next run on. */
  context(at: Date): Promise<AuditContext>;
  /** The same with the configuration that it was made of. */
  inForce(at: Date): Promise<InForce>;
  /** Tells outside monitors that a job began or how it ended; without one configured, nothing. */
  beat(kind: Beat['kind'], job: AuditJob, outcomes: readonly AuditOutcome[]): Promise<void>;
  /** Tells the monitor of an audit that something is wrong with what it sent. */
  beatFailure(audit: string, text: string): Promise<void>;
  /** SHA-256 over everything that the configuration in force is made of, as it is on disk now. `anew`: whatever is known of the files. */
  fingerprint(how?: 'anew'): Promise<string>;
  /** The same as it was before the configuration in force was read; null in a command, which never reads it again. */
  readonly readFrom: string | null;
  /** Reads the configuration again. A broken one changes nothing. */
  reload(): Promise<Reload>;
  /** Why the waiver file cannot be read; null: it can, or there is none. */
  waiverProblem(): Promise<string | null>;
  /** Sends a notice, by other channels than those to avoid. Throws only for a broken store. */
  notify(notice: Omit<Notice, 'at'>, avoid?: readonly string[]): void;
  /** Closes what was opened, last first. */
  close(): Promise<void>;
}

/**
 * Loads and checks configuration and rules.
 * @throws ConfigurationError with every problem at once.
 */
export async function prepare(options: AppOptions): Promise<Prepared> {
  return (await prepareFrom(options, { prints: createFingerprints(systemClock), read: readOnce })).prepared;
}

/** For whoever reads the configuration once and ends: nothing needs to be watched. */
async function readOnce(input: LoadInput): Promise<ReadConfig> {
  return { loaded: await loadConfig(input), before: null };
}

/** How the configuration is read now, and what is known of its files from then on. */
interface Reading {
  readonly read: typeof readOnce;
  readonly prints: Fingerprints;
}

async function prepareFrom({ configFile, logLevel, logFormat = 'json' }: AppOptions, { read, prints }: Reading) {
  const environment = readEnvironment();
  const version = productVersion();
  const file = configFile ?? (environment['VT_AUDITOR_CONFIG'] || 'config.yaml');
  const { loaded, before } = await read({ file, environment, at: systemClock.now() });
  if (!loaded.ok) throw new ConfigurationError(await allProblems(loaded));
  const { config } = loaded;
  const redaction = createRedaction(config.secrets);
  const log = createLog({ level: logLevel, format: logFormat, version, redact: (text) => redaction.redact(text) });
  const rules = await loadRules(config, log);
  const made = makeTemplates(config);
  const problems = [...ruleProblems(rules, config), ...made.problems];
  if (problems.length > 0) throw new ConfigurationError(problems);
  const { templates } = made;
  const prepared: Prepared = { config, rules, clock: systemClock, log, version, templates };
  const origin: Origin = { file, environment, redaction, prints };
  return { prepared, origin, before };
}

/** Whether there is a configuration to load, or the user says that there is: what can be done without one need not fail then. */
export function isConfigured({ configFile }: Pick<AppOptions, 'configFile'>): boolean {
  return configFile !== null || Boolean(readEnvironment()['VT_AUDITOR_CONFIG']) || existsSync('config.yaml');
}

/** Who opens the program: the one daemon, a command beside it, or one that looks and leaves the database of an older version as it is. */
export type Opener = Sender | 'onlooker';

/** Opens the store and composes the program. The signal ends what takes long before it is open; then what the signal says is thrown. */
export async function openApp(options: AppOptions, opener: Opener, signal: AbortSignal = NEVER): Promise<App> {
  const sender = opener === 'daemon' ? 'daemon' : 'command';
  const prints = createFingerprints(systemClock);
  const { prepared, origin, before } = await prepareFrom(options, {
    prints,
    read: sender === 'daemon' ? (input) => readWatched(input, { prints, thought: null }) : readOnce,
  });
  const { clock, log } = prepared;
  let current: Prepared = prepared;
  let readFrom = before;
  const { path } = prepared.config.store;
  const lock = sender === 'daemon' ? lockDaemon(path) : null;
  const { store, olderSchema } = await openStoreFor(opener, { path, log, signal }).catch((error: unknown) => {
    lock?.release();
    throw error;
  });
  closeDeserted({ store, clock, log });
  const pump = createPump({ store, channels: () => current.config.channels, clock, log, random: Math.random, sender });
  const paces = createPaces(clock);
  const traffic = createTraffic();
  const inForce = async (at: Date): Promise<InForce> => {
    const begun = current;
    const rules = toRuleSet(await loadRules(begun.config, log), begun.config, at);
    return { config: begun.config, context: toContext(begun, { store, paces, traffic }, rules) };
  };
  return {
    ...prepared,
    get config() {
      return current.config;
    },
    get rules() {
      return current.rules;
    },
    get templates() {
      return current.templates;
    },
    store,
    olderSchema,
    pump,
    traffic,
    paces,
    context: async (at) => (await inForce(at)).context,
    inForce,
    beat: (kind, job, outcomes) => tellMonitors({ ...current, store }, kind, job, outcomes),
    beatFailure: (audit, text) => tellOfFailure(current, audit, text),
    fingerprint: (how) => prints.of(watchedFiles(current.config), how),
    get readFrom() {
      return readFrom?.hash ?? null;
    },
    async reload() {
      const { next, result, before } = await loadAgain(current, origin);
      current = next;
      readFrom = before ?? readFrom;
      // Whoever mends a password or an address does not want to wait an hour for the next attempt.
      if (result.kind === 'reloaded') store.hastenDeliveries(clock.now());
      pump.wake();
      return result;
    },
    waiverProblem: async () =>
      (await readWaiverFile({ config: current.config, store }, clock.now()))?.unreadable ?? null,
    notify(notice, avoid) {
      raiseNotice({ ...notice, at: clock.now().toISOString() }, { config: current.config, store, log }, avoid);
      pump.wake();
    },
    async close() {
      await pump.stop(0);
      store.close();
      lock?.release();
    },
  };
}

const NEVER = new AbortController().signal;

interface StoreNeeds {
  readonly path: string;
  readonly log: Log;
  readonly signal: AbortSignal;
}

async function openStoreFor(
  opener: Opener,
  { path, log, signal }: StoreNeeds,
): Promise<Pick<App, 'store' | 'olderSchema'>> {
  if (opener === 'daemon') {
    const begun = (from: number): void => log.info('database of an older version found', { path, schema: from });
    const upgrade = await upgradeStore({ path, signal, begun });
    if (upgrade !== null) log.info('database brought up to date', { path, ...upgrade });
    return { store: openStore({ path, sender: opener }), olderSchema: null };
  }
  const olderSchema = opener === 'onlooker' ? schemaBehind(path) : null;
  if (olderSchema !== null) return { store: openEmptyStore(), olderSchema };
  // Somebody who only wanted to look at something should know.
  const upgraded = (upgrade: Upgrade): void => log.warn('database brought up to date', { path, ...upgrade });
  return { store: openStore({ path, sender: 'command', upgraded }), olderSchema: null };
}

/** Closes runs of commands that were killed: without a daemon nobody else does. */
export function closeDeserted({ store, clock, log }: Pick<App, 'store' | 'clock' | 'log'>): void {
  for (const { id, audit, group } of store.closeDeserted(clock.now()))
    log.warn('abandoned run closed', { runId: id, audit, groupId: group });
}

/** A new run's id: sortable by start, unguessable enough to be unique. */
export function newRunId(at: Date): string {
  return `${at.toISOString().replaceAll(/[-:]|\.\d+/g, '')}-${randomBytes(4).toString('hex')}`;
}
