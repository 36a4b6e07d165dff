import type { DatabaseSync } from 'node:sqlite';
import { accountDaysTable } from './account-days.ts';
import { acknowledgementsTable } from './acknowledgements.ts';
import { apiKeysTable } from './api-keys.ts';
import { attemptsTable } from './attempts.ts';
import { changesTable } from './changes.ts';
import { channelStandingsTable } from './channel-standings.ts';
import { transaction } from './database.ts';
import { deliveriesTable } from './deliveries.ts';
import { findingsTable } from './findings.ts';
import { messagesTable } from './messages.ts';
import { ownRequestsTable } from './own-requests.ts';
import { quotaReadingsTable } from './quota-readings.ts';
import { reportsTable } from './reports.ts';
import { ruleFailuresTable } from './rule-failures.ts';
import { runsTable } from './runs.ts';
import { sectionsTable } from './sections.ts';
import { slotsTable } from './slots.ts';
import { StoreError, toStoreError } from './store-error.ts';
import { toldTable } from './told.ts';
import { usageDaysTable } from './usage-days.ts';
import { verdictsTable } from './verdicts.ts';

function prepareTables(database: DatabaseSync) {
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
    standings: channelStandingsTable(database),
    messages: messagesTable(database),
    attempts: attemptsTable(database),
  };
}

/** Every table of an open database, by name. */
export type Tables = ReturnType<typeof prepareTables>;

/**
 * Prepares the statements of every table; closes the database where that fails.
 * @throws StoreError with one sentence that names `path`
 */
export function openTables(database: DatabaseSync, path: string): Tables {
  try {
    return prepareTables(database);
  } catch (error) {
    database.close();
    throw toStoreError(path, error);
  }
}

/** Runs `body`, in a transaction where it writes more than one statement, and words what the file's failure means. */
export interface Access {
  readonly read: <T>(body: () => T) => T;
  readonly write: <T>(body: () => T) => T;
  /** Why the last write failed; null: it did not. */
  readonly writeProblem: () => string | null;
}

/** Access to an open database whose failures name its path. */
export function accessTo(database: DatabaseSync, path: string): Access {
  const worded = <T>(body: () => T): T => {
    try {
      return body();
    } catch (error) {
      throw toStoreError(path, error);
    }
  };
  let problem: string | null = null;
  return {
    read: worded,
    write(body) {
      try {
        const result = worded(() => transaction(database, body));
        problem = null;
        return result;
      } catch (error) {
        if (error instanceof StoreError) problem = error.message;
        throw error;
      }
    },
    writeProblem: () => problem,
  };
}
