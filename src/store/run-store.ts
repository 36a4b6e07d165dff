import type { Sender } from '../model/attempt.ts';
import type { ChainLink } from '../model/chain.ts';
import type { Instant } from '../model/instant.ts';
import type { Report } from '../model/report.ts';
import type { Run } from '../model/run.ts';
import type { RunRecord } from '../model/run-record.ts';
import { addMessage } from './outbox-store.ts';
import type { RunLocks } from './run-locks.ts';
import type { LastComplete, RunQuery, RunRow } from './runs.ts';
import type { ReleasedSlot } from './slots.ts';
import type { Access, Tables } from './tables.ts';

/** `moved`: another run of the group was committed since `basedOn`; nothing was written, reconcile again on what is stored now. */
export type CommitOutcome = { readonly committed: true } | { readonly committed: false; readonly reason: 'moved' };

/** What was left behind by runs that nobody works on any more. */
export interface Abandoned {
  readonly closed: readonly Run[];
  readonly released: readonly ReleasedSlot[];
}

/** Runs: begun, committed, closed, and what they left. */
export interface RunStore {
  /** Makes a run visible as running; closes it when it says that it ended. */
  startRun(run: Run): void;
  /** Keeps everything a run leaves, in one transaction. */
  commitRun(record: RunRecord): CommitOutcome;
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
}

function writeCommit(tables: Tables, record: RunRecord): CommitOutcome {
  const { run, report, digests, yardstick, summaries } = record;
  const last = tables.runs.last(run.group);
  if ((last?.run.id ?? null) !== record.basedOn) return { committed: false, reason: 'moved' };
  const at = record.at.toISOString();
  tables.runs.finish({ run, summary: report.summary, populations: summaries, digests, yardstick });
  tables.reports.add(report);
  for (const section of record.sections) tables.sections.add(run.id, section);
  for (const result of record.results) tables.verdicts.save(run, result, at);
  for (const fate of record.fates) tables.ruleFailures.save(run.group, fate, at);
  for (const finding of record.findings) tables.findings.save(finding);
  for (const told of record.told) tables.told.save(run.group, told);
  for (const day of record.usage) tables.usageDays.save(run.group, day);
  for (const day of record.accountDays) tables.accountDays.save(run.group, day);
  tables.quotaReadings.save(run.group, record.quotaReadings, at);
  for (const message of record.messages) addMessage(tables, message, run.id, at);
  tables.slots.finish(run.audit, run.group, record.slots, run.id, at);
  return { committed: true };
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

/** Who begins runs in this store, and how that is told. */
interface RunOwner {
  readonly locks: RunLocks;
  readonly sender: Sender;
}

/** On the tables of an open database. */
export function runStore(tables: Tables, { read, write }: Access, { locks, sender }: RunOwner): RunStore {
  const { runs, reports, sections, slots } = tables;
  return {
    startRun(run) {
      if (sender === 'command' && run.status === 'running') locks.begin(run.id);
      write(() => runs.save(run));
      if (run.status !== 'running') locks.end(run.id);
    },
    commitRun(record) {
      const outcome = write(() => writeCommit(tables, record));
      if (outcome.committed) locks.end(record.run.id);
      return outcome;
    },
    lastRun: (group) => read(() => runs.last(group)),
    runs: (query) => read(() => runs.list(query)),
    report: (id) => read(() => reports.of(id)),
    closeAbandoned: (at, how = 'crashed') =>
      read(() => slots.hasClaimed() || runs.running().some((id) => locks.stateOf(id) !== 'alive'))
        ? write(() => closeAbandoned(tables, locks, { at, how }))
        : { closed: [], released: [] },
    // Nearly always there is none: then nothing is written, so that commands which only look can do so beside a long record.
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
  };
}
