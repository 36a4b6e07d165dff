import type { DatabaseSync } from 'node:sqlite';
import type { ChainLink } from '../model/chain.ts';
import type { ChangeEnd, RecordedChange } from '../model/change.ts';
import type { Acknowledgement, Finding } from '../model/finding.ts';
import { type Day, type Instant, toDay } from '../model/instant.ts';
import type { Delivery, Message, Outcome } from '../model/message.ts';
import type { OwedDelivery, Report } from '../model/report.ts';
import type { Run, SectionSummary } from '../model/run.ts';
import type { AccountDay, FailingRule, LateSlot, QuotaReading, SectionName, UsageDay } from '../model/snapshot.ts';
import type { Told } from '../model/told.ts';
import type { Yardstick } from '../model/yardstick.ts';
import type { EncodedSection } from '../sections.ts';
import { accountDaysTable } from './account-days.ts';
import { acknowledgementsTable } from './acknowledgements.ts';
import { apiKeysTable } from './api-keys.ts';
import { type Attempt, attemptsTable } from './attempts.ts';
import { type ChangeQuery, changesTable } from './changes.ts';
import { copyDatabase, openDatabase, transaction } from './database.ts';
import {
  type DeliveryQuery,
  type DueDelivery,
  deliveriesTable,
  type OutboxCount,
  type Round,
  type Sender,
  type UndeliveredMessage,
} from './deliveries.ts';
import { findingsTable } from './findings.ts';
import { type ForgetOrder, type Forgotten, forgetAccount } from './forget.ts';
import { messagesTable } from './messages.ts';
import { migrations } from './migrations.ts';
import { ownRequestsTable } from './own-requests.ts';
import { quotaReadingsTable } from './quota-readings.ts';
import { reportsTable } from './reports.ts';
import { ruleFailuresTable } from './rule-failures.ts';
import type { CommitOutcome, RunCommit } from './run-commit.ts';
import { type RunLocks, runLocks } from './run-locks.ts';
import { type LastComplete, type RunQuery, type RunRow, runsTable } from './runs.ts';
import { type EarlierSection, type KeptSection, sectionsTable } from './sections.ts';
import {
  type Claim,
  type DueSlots,
  type LateQuery,
  type PendingAudit,
  type ReleasedSlot,
  slotsTable,
} from './slots.ts';
import { toStoreError } from './store-error.ts';
import { type Reader, toldTable } from './told.ts';
import { usageDaysTable } from './usage-days.ts';
import { type StandingVerdict, verdictsTable } from './verdicts.ts';

/** An attempt that has begun: what to send, what is settled already, and how many tries this round had, this one included. */
export interface BegunAttempt {
  readonly message: Message;
  readonly delivery: Delivery;
  readonly round: Round;
}

/** How an attempt ended; `nextAttemptAt` counts for `retry` only, null there means: given up. */
export interface FinishedAttempt {
  readonly id: string;
  /** The delivery's `attempts` when this one began. */
  readonly attempt: number;
  readonly outcome: Outcome;
  readonly at: Date;
  readonly nextAttemptAt: Instant | null;
}

/** How long bulky things are kept; runs, findings, reports and receipts are kept for ever. */
export interface PruneOptions {
  readonly at: Date;
  readonly keepDays: { readonly snapshots: number; readonly messages: number };
}

/** What was left behind by runs that nobody works on any more. */
export interface Abandoned {
  readonly closed: readonly Run[];
  readonly released: readonly ReleasedSlot[];
}

/** What a committed run read: its sections whose bytes are kept, and what it noted of those that it could not obtain. */
export interface StoredSnapshot {
  readonly run: Run;
  readonly populations: readonly SectionSummary[];
  readonly sections: readonly KeptSection[];
}

/** The database: everything that outlives a process. Every method throws `StoreError` when the file fails. */
export interface Store {
  /** Makes a run visible as running; closes it when it says that it ended. */
  startRun(run: Run): void;
  /** Keeps everything a run leaves, in one transaction. */
  commitRun(commit: RunCommit): CommitOutcome;
  /** The group's last committed run. */
  lastRun(group: string): RunRow | null;
  /** Newest first, running ones included. */
  runs(query: RunQuery): readonly RunRow[];
  report(runId: string): Report | null;
  /**
   * Closes runs that still say `running` as failed and makes their slots due again: after a crash once, after an orderly stop always.
   * Runs on which a living command works stay open. Only for the one daemon, while none of
   * its own runs is under way.
   */
  closeAbandoned(at: Date, how?: 'crashed' | 'stopped'): Abandoned;
  /** Closes runs of commands whose process has ended, and nothing else; for anybody, at any time. */
  closeDeserted(at: Date): readonly Run[];
  /** When each audit of each group was last complete. */
  lastComplete(): readonly LastComplete[];
  /** The group's committed runs with their digests, oldest first, without their reports. */
  chain(group: string): readonly Omit<ChainLink, 'report'>[];
  /** Since when this database knows the group; null: not yet. */
  historySince(group: string): Instant | null;
  /** Groups that have runs, sorted. */
  groups(): readonly string[];

  /** The latest state of every finding the group ever had, closed ones too. */
  findings(group: string): readonly Finding[];
  openFindings(group: string): readonly Finding[];
  told(reader: Reader): readonly Told[];
  /** The yardstick of the audit's last committed run of the group. */
  auditYardstick(group: string, audit: string): Yardstick | null;
  /** By rule id: the yardstick of the last committed run that judged the rule. */
  ruleYardsticks(group: string): ReadonlyMap<string, Yardstick>;
  /** When each rule was last judged, by rule id. */
  lastJudged(group: string): Readonly<Record<string, Instant>>;
  /** By rule id: the standing verdict and since when. */
  verdictsSince(group: string): Readonly<Record<string, StandingVerdict>>;
  /** Every stored day, oldest first. */
  storedUsage(group: string): readonly UsageDay[];
  /** Every stored day of which it is known who used the API, oldest first. */
  accountDays(group: string): readonly AccountDay[];
  /** The counters of the group's quotas as earlier audits read them, the last reading of a day, oldest first. */
  quotaReadings(group: string): readonly QuotaReading[];
  /** From the last committed run that has the section and whose bytes are kept. */
  latestSection(group: string, name: SectionName): EncodedSection | null;
  /** What the committed runs of a group since an instant read, oldest first. Bytes are read when they are asked for. */
  snapshots(query: { readonly group: string; readonly since: Instant }): readonly StoredSnapshot[];
  /** False when there is no such finding. */
  acknowledge(entry: {
    readonly finding: string;
    readonly by: string;
    readonly note: string;
    readonly at: Date;
  }): boolean;
  /** The latest acknowledgement of each finding, by finding id. */
  acknowledgements(group: string): ReadonlyMap<string, Acknowledgement>;

  /** Records a change that is about to be sent. */
  intendChange(change: RecordedChange): void;
  /** Records how it ended, once. */
  finishChange(id: string, end: ChangeEnd): void;
  change(id: string): RecordedChange | null;
  /** Newest first. */
  changes(query: ChangeQuery): readonly RecordedChange[];

  /** Adds wall times that became due and notes how far the schedule was looked at; known ones stay as they are. */
  recordSlots(due: DueSlots): void;
  /** Up to when the audit's schedule was looked at; null: never. */
  lastReconciled(audit: string): Date | null;
  /** Audits and groups that are due, longest waiting last. */
  pendingAudits(): readonly PendingAudit[];
  /** Takes every due slot of an audit and group for a run; null when there is none. */
  claimSlots(claim: { readonly audit: string; readonly group: string; readonly runId: string }): Claim | null;

  /** A section as the run had it that judged `rule` last, else as the last committed run has it; null: neither is kept. */
  earlierSection(group: string, name: SectionName, rule: string): EarlierSection | null;
  /** Due times at which no run began in time, of all audits and groups, each audit's time once; oldest first. */
  lateSlots(query: LateQuery): readonly LateSlot[];
  /** Rules that failed in the latest run that tried them, of all groups. */
  failingRules(): readonly FailingRule[];
  /** What fingerprints of keys are made with; random, and the same as long as this database lives. */
  keySalt(): Uint8Array;
  /** Notes that a key is in use, by its fingerprint, and returns since when it is known. */
  keyFirstSeen(group: string, fingerprint: string, at: Date): Instant;
  /** Counts requests that this program sent with a group's key on a day; negative takes back what was not sent after all. */
  addOwnRequests(group: string, day: Day, made: number): void;
  /** By day. */
  ownRequests(group: string): Readonly<Record<Day, number>>;

  /** Puts messages that belong to no run into the outbox, but for those that it has or had; says how many were new. */
  enqueue(messages: readonly Message[], at: Date): number;
  /** What is still being tried, and what was given up since then; newest first. */
  undelivered(since: Instant, limit: number): readonly UndeliveredMessage[];
  /** How many deliveries there are, by channel and state, ever. */
  outboxCounts(): readonly OutboxCount[];
  dueDeliveries(at: Date, limit: number): readonly DueDelivery[];
  /** When the next delivery becomes due after an instant; null: none does. What waits for an older one has no time of its own. */
  nextDueAt(after: Date): Instant | null;
  /** Marks a delivery as being sent and hands out its message; null when somebody else has it, or it is over. */
  beginAttempt(id: string, sender: Sender, at: Date): BegunAttempt | null;
  finishAttempt(finished: FinishedAttempt): void;
  /** Lets a pending delivery wait without counting an attempt, and says why. */
  postponeDelivery(id: string, until: Date, error: string): void;
  /** Makes everything that waits for its next attempt due now, in its present round; says how many. */
  hastenDeliveries(at: Date): number;
  /** Makes deliveries pending again whose sender died in mid-send; ids. The daemon's own at once, a command's after its deadline. */
  recoverInterrupted(sender: Sender, at: Date): readonly string[];
  /** Newest first. */
  deliveries(query: DeliveryQuery): readonly Delivery[];
  attempts(deliveryId: string): readonly Attempt[];
  /** Starts a new round for a pending or failed delivery; false when it is unknown, over, or its message is no longer kept. */
  retryDelivery(id: string, at: Date): boolean;
  /** What the group's readers have not got: waiting after an attempt, or failed since then. */
  owedDeliveries(group: string, since: Instant): readonly OwedDelivery[];

  /** Deletes old section bytes, use by account, message bodies and slots; says how many of sections and messages. */
  prune(options: PruneOptions): { readonly snapshots: number; readonly messages: number };
  /** Takes an account out of what is kept of sections and of use by account; digests, findings and reports stay. */
  forget(order: ForgetOrder): Forgotten;
  /** Writes a whole copy; works while others use the database. */
  backup(target: string): void;
  close(): void;
}

function openTables(database: DatabaseSync) {
  return {
    runs: runsTable(database),
    reports: reportsTable(database),
    sections: sectionsTable(database),
    verdicts: verdictsTable(database),
    findings: findingsTable(database),
    told: toldTable(database),
    acknowledgements: acknowledgementsTable(database),
    changes: changesTable(database),
    apiKeys: apiKeysTable(database),
    ownRequests: ownRequestsTable(database),
    ruleFailures: ruleFailuresTable(database),
    usageDays: usageDaysTable(database),
    accountDays: accountDaysTable(database),
    quotaReadings: quotaReadingsTable(database),
    slots: slotsTable(database),
    deliveries: deliveriesTable(database),
    messages: messagesTable(database),
    attempts: attemptsTable(database),
  };
}

type Tables = ReturnType<typeof openTables>;

function openTablesOf(database: DatabaseSync, path: string): Tables {
  try {
    return openTables(database);
  } catch (error) {
    database.close();
    throw toStoreError(path, error);
  }
}

function addMessage({ deliveries, messages }: Tables, message: Message, run: string | null, at: Instant): void {
  deliveries.add(message, run, at);
  messages.add(message.id, message.body);
}

function writeCommit(tables: Tables, commit: RunCommit): CommitOutcome {
  const { run, report, digests, yardstick, summaries } = commit;
  const last = tables.runs.last(run.group);
  if ((last?.run.id ?? null) !== commit.basedOn) return { committed: false, reason: 'moved' };
  const at = commit.at.toISOString();
  tables.runs.finish({ run, summary: report.summary, populations: summaries, digests, yardstick });
  tables.reports.add(report);
  for (const section of commit.sections) tables.sections.add(run.id, section);
  for (const result of commit.results) tables.verdicts.save(run, result, at);
  for (const fate of commit.fates) tables.ruleFailures.save(run.group, fate, at);
  for (const finding of commit.findings) tables.findings.save(finding);
  for (const told of commit.told) tables.told.save(run.group, told);
  for (const day of commit.usage) tables.usageDays.save(run.group, day);
  for (const day of commit.accountDays) tables.accountDays.save(run.group, day);
  tables.quotaReadings.save(run.group, commit.quotaReadings, at);
  for (const message of commit.messages) addMessage(tables, message, run.id, at);
  tables.slots.finish(run.audit, run.group, commit.slots, run.id, at);
  return { committed: true };
}

function begin(
  { deliveries, messages, attempts }: Tables,
  id: string,
  sender: Sender,
  at: Instant,
): BegunAttempt | null {
  if (!deliveries.begin(id, sender, at)) return null;
  const entry = deliveries.one(id);
  const body = messages.of(id);
  if (entry === null || body === null) throw new Error(`delivery ${id} is pending without a message`);
  const { delivery, key, round } = entry;
  attempts.begin(id, delivery.attempts, at);
  return { message: { id, wireId: delivery.wireId, channel: delivery.channel, key, body }, delivery, round };
}

function finish({ deliveries, attempts, told }: Tables, finished: FinishedAttempt): void {
  const { id, attempt, outcome, nextAttemptAt } = finished;
  const at = finished.at.toISOString();
  const isOver = deliveries.finish(id, attempt, outcome, at, nextAttemptAt) === 'failed';
  const lost = isOver ? deliveries.one(id) : null;
  if (lost !== null && lost.delivery.run !== null) {
    const { run, channel, createdAt } = lost.delivery;
    told.unhear({ run, channel, key: lost.key, createdAt });
  }
  attempts.finish(id, outcome.kind, outcome.kind === 'delivered' ? outcome.response : outcome.error, at);
}

function recover({ deliveries, attempts }: Tables, sender: Sender, at: Date): readonly string[] {
  const ids = deliveries.recover(sender, at);
  for (const id of ids) attempts.finish(id, 'interrupted', 'The program ended during this attempt.', at.toISOString());
  return ids;
}

function closeAbandoned({ runs, slots }: Tables, locks: RunLocks, end: AbandonedEnd): Abandoned {
  const closed = runs.closeRunning(end.at.toISOString(), (run) => locks.stateOf(run) !== 'alive');
  const released = slots.releaseClaimed(end.how);
  for (const { id } of closed) locks.forget(id);
  return { closed, released };
}

interface AbandonedEnd {
  readonly at: Date;
  readonly how: 'crashed' | 'stopped';
}

function closeDeserted({ runs }: Tables, locks: RunLocks, at: Date): readonly Run[] {
  const closed = runs.closeRunning(at.toISOString(), (run) => locks.stateOf(run) === 'dead');
  for (const { id } of closed) locks.forget(id);
  return closed;
}

function daysBefore(at: Date, days: number): Instant {
  return new Date(at.getTime() - days * 86_400_000).toISOString();
}

function prune({ sections, messages, slots, accountDays }: Tables, { at, keepDays }: PruneOptions) {
  accountDays.prune(toDay(daysBefore(at, keepDays.snapshots)));
  slots.prune(daysBefore(at, keepDays.snapshots));
  return {
    snapshots: sections.prune(daysBefore(at, keepDays.snapshots)),
    messages: messages.prune(daysBefore(at, keepDays.messages)),
  };
}

/** Runs `body`, in a transaction where it writes more than one statement, and words what the file's failure means. */
interface Access {
  readonly read: <T>(body: () => T) => T;
  readonly write: <T>(body: () => T) => T;
}

function accessTo(database: DatabaseSync, path: string): Access {
  const worded = <T>(body: () => T): T => {
    try {
      return body();
    } catch (error) {
      throw toStoreError(path, error);
    }
  };
  return { read: worded, write: (body) => worded(() => transaction(database, body)) };
}

/** Who begins runs in this store, and how that is told. */
interface RunOwner {
  readonly locks: RunLocks;
  readonly sender: Sender;
}

function runMethods(tables: Tables, { read, write }: Access, { locks, sender }: RunOwner) {
  const { runs, reports, sections, slots } = tables;
  return {
    startRun(run) {
      if (sender === 'command' && run.status === 'running') locks.begin(run.id);
      write(() => runs.save(run));
      if (run.status !== 'running') locks.end(run.id);
    },
    commitRun(commit) {
      const outcome = write(() => writeCommit(tables, commit));
      if (outcome.committed) locks.end(commit.run.id);
      return outcome;
    },
    lastRun: (group) => read(() => runs.last(group)),
    runs: (query) => read(() => runs.list(query)),
    report: (id) => read(() => reports.of(id)),
    closeAbandoned: (at, how = 'crashed') =>
      read(() => slots.hasClaimed() || runs.running().some((id) => locks.stateOf(id) !== 'alive'))
        ? write(() => closeAbandoned(tables, locks, { at, how }))
        : { closed: [], released: [] },
    // Nearly always there is none: then nothing is written, so that commands which only look can do so beside a long commit.
    closeDeserted: (at) =>
      read(() => runs.running().some((id) => locks.stateOf(id) === 'dead'))
        ? write(() => closeDeserted(tables, locks, at))
        : [],
    lastComplete: () => read(() => runs.lastComplete()),
    chain: (group) =>
      read(() =>
        runs
          .committedSince(group, '')
          .flatMap(({ run, digests }) =>
            digests === null
              ? []
              : [{ run: run.id, startedAt: run.startedAt, digests, sections: sections.digests(run.id) }],
          ),
      ),
    historySince: (group) => read(() => runs.since(group)),
    groups: () => read(() => runs.groups()),
    recordSlots: (due) => write(() => slots.record(due)),
    lastReconciled: (audit) => read(() => slots.lastReconciled(audit)),
    pendingAudits: () => read(() => slots.pending()),
    claimSlots: ({ audit, group, runId }) => write(() => slots.claim(audit, group, runId)),
  } satisfies Partial<Store>;
}

function knowledgeMethods(
  {
    runs,
    findings,
    told,
    verdicts,
    usageDays,
    accountDays,
    quotaReadings,
    sections,
    acknowledgements,
    changes,
  }: Tables,
  access: Access,
) {
  const { read, write } = access;
  return {
    findings: (group) => read(() => findings.all(group)),
    openFindings: (group) => read(() => findings.open(group)),
    told: (reader) => read(() => told.to(reader)),
    auditYardstick: (group, audit) => read(() => runs.yardstick(group, audit)),
    ruleYardsticks: (group) => read(() => verdicts.yardsticks(group)),
    lastJudged: (group) => read(() => verdicts.lastJudged(group)),
    verdictsSince: (group) => read(() => verdicts.since(group)),
    storedUsage: (group) => read(() => usageDays.of(group)),
    accountDays: (group) => read(() => accountDays.of(group)),
    quotaReadings: (group) => read(() => quotaReadings.of(group)),
    latestSection: (group, name) => read(() => sections.latest(group, name)),
    snapshots: ({ group, since }) =>
      read(() =>
        runs.committedSince(group, since).map(({ run, populations }) => ({
          run,
          populations: populations ?? [],
          sections: sections.kept(run.id),
        })),
      ),
    acknowledge: ({ finding, by, note, at }) =>
      write(() => {
        if (!findings.has(finding)) return false;
        acknowledgements.add(finding, { by, note, at: at.toISOString() });
        return true;
      }),
    acknowledgements: (group) => read(() => acknowledgements.of(group)),
    intendChange: (change) => write(() => changes.add(change)),
    finishChange: (id, end) => write(() => changes.finish(id, end)),
    change: (id) => read(() => changes.of(id)),
    changes: (query) => read(() => changes.list(query)),
  } satisfies Partial<Store>;
}

function healthMethods({ sections, slots, ruleFailures, apiKeys, ownRequests }: Tables, { read, write }: Access) {
  return {
    earlierSection: (group, name, rule) => read(() => sections.earlier(group, name, rule)),
    lateSlots: (query) => read(() => slots.late(query)),
    failingRules: () => read(() => ruleFailures.all()),
    keySalt: () => write(() => apiKeys.salt()),
    keyFirstSeen: (group, fingerprint, at) => write(() => apiKeys.firstSeen(group, fingerprint, at.toISOString())),
    addOwnRequests: (group, day, made) => write(() => ownRequests.add(group, day, made)),
    ownRequests: (group) => read(() => ownRequests.byDay(group)),
  } satisfies Partial<Store>;
}

function outboxMethods(tables: Tables, { read, write }: Access) {
  const { deliveries, attempts } = tables;
  return {
    enqueue: (messages, at) =>
      write(() => {
        const added = messages.filter(({ id }) => deliveries.one(id) === null);
        for (const message of added) addMessage(tables, message, null, at.toISOString());
        return added.length;
      }),
    undelivered: (since, limit) => read(() => deliveries.undelivered(since, limit)),
    outboxCounts: () => read(() => deliveries.counts()),
    dueDeliveries: (at, limit) => read(() => deliveries.due(at, limit)),
    nextDueAt: (after) => read(() => deliveries.nextAt(after)),
    beginAttempt: (id, sender, at) => write(() => begin(tables, id, sender, at.toISOString())),
    finishAttempt: (finished) => write(() => finish(tables, finished)),
    postponeDelivery: (id, until, error) => write(() => deliveries.postpone(id, until.toISOString(), error)),
    hastenDeliveries: (at) => write(() => deliveries.hasten(at.toISOString())),
    recoverInterrupted: (sender, at) => write(() => recover(tables, sender, at)),
    deliveries: (query) => read(() => deliveries.list(query)),
    attempts: (id) => read(() => attempts.of(id)),
    retryDelivery: (id, at) => write(() => deliveries.retry(id, at.toISOString())),
    owedDeliveries: (group, since) => read(() => deliveries.owed(group, since)),
  } satisfies Partial<Store>;
}

/**
 * Opens the store, creating folder and file where they are missing, for the one daemon or for a command.
 * @throws StoreError with one sentence when the file cannot be used.
 */
export function openStore({ path, sender = 'daemon' }: { readonly path: string; readonly sender?: Sender }): Store {
  const database = openDatabase(path, migrations);
  const locks = runLocks(path);
  const tables = openTablesOf(database, path);
  const access = accessTo(database, path);
  return {
    ...runMethods(tables, access, { locks, sender }),
    ...knowledgeMethods(tables, access),
    ...healthMethods(tables, access),
    ...outboxMethods(tables, access),
    prune: (options) => access.write(() => prune(tables, options)),
    forget: (order) => access.write(() => forgetAccount(database, order)),
    backup: (target) => access.read(() => copyDatabase(database, target)),
    close() {
      database.close();
      locks.close();
    },
  };
}
