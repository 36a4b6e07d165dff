import type { Day, Instant } from '../model/instant.ts';
import type { FailingRule } from '../model/snapshot.ts';
import type { Access, Tables } from './tables.ts';

/** What the auditor knows of itself: failing rules, the keys it uses, the requests it made. */
export interface HealthStore {
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
}

/** On the tables of an open database. */
export function healthStore({ ruleFailures, apiKeys, ownRequests }: Tables, { read, write }: Access): HealthStore {
  return {
    failingRules: () => read(() => ruleFailures.all()),
    keySalt: () => write(() => apiKeys.salt()),
    keyFirstSeen: (group, fingerprint, at) => write(() => apiKeys.firstSeen(group, fingerprint, at.toISOString())),
    addOwnRequests: (group, day, made) => write(() => ownRequests.add(group, day, made)),
    ownRequests: (group) => read(() => ownRequests.byDay(group)),
  };
}
