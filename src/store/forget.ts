import type { DatabaseSync } from 'node:sqlite';
import { type AccountNames, addressesOf, withoutAccount } from '../model/forgotten.ts';
import { COLLECTED_SECTIONS, INTENDED_SECTIONS, REMEMBERED_SECTIONS, type SectionName } from '../model/snapshot.ts';
import { decodeSection, encodeSection } from '../sections.ts';
import { bytes, integer, json, text } from './row.ts';

/** Whose rows are to go. */
export interface ForgetOrder {
  readonly group: string;
  readonly account: string;
  /** False: only count. */
  readonly write: boolean;
}

/** What holds, or held, an account. */
export interface Forgotten {
  /** Stored sections, each counted once for all runs that read the same. */
  readonly sections: number;
  /** Days of use by account. */
  readonly days: number;
}

const SECTION_NAMES: readonly SectionName[] = [...COLLECTED_SECTIONS, ...INTENDED_SECTIONS, ...REMEMBERED_SECTIONS];

interface Stored {
  readonly name: SectionName;
  readonly version: number;
  readonly digest: string;
}

/**
 * Takes an account out of what runs of a group read. Digests of sections stay: they prove what was read, and the chain of runs is made
 * of them and not of the bytes. Findings, reports and receipts are evidence and are not touched.
 */
export function forgetAccount(database: DatabaseSync, { group, account, write }: ForgetOrder): Forgotten {
  const stored = sectionsOf(database, group);
  const names = namesOf(database, stored, account);
  return {
    sections: stored.filter((section) => forgetInSection(database, section, { names, write })).length,
    days: forgetInDays(database, group, { names, write }),
  };
}

function sectionsOf(database: DatabaseSync, group: string): readonly Stored[] {
  const select = database.prepare(`
    SELECT DISTINCT name, digest, version FROM sections JOIN section_bytes USING (digest, version)
    JOIN runs ON runs.id = sections.run WHERE runs.group_id = ? ORDER BY name, digest`);
  return select.all(group).flatMap((row) => {
    const name = SECTION_NAMES.find((known) => known === text(row, 'name'));
    return name === undefined ? [] : [{ name, version: integer(row, 'version'), digest: text(row, 'digest') }];
  });
}

function readSection(database: DatabaseSync, { name, version, digest }: Stored): unknown {
  const row = database.prepare('SELECT bytes FROM section_bytes WHERE digest = ? AND version = ?').get(digest, version);
  return decodeSection({ name, version, bytes: bytes(row ?? {}, 'bytes') });
}

/** The account's id and every address that a list of accounts shows beside it. */
function namesOf(database: DatabaseSync, stored: readonly Stored[], account: string): AccountNames {
  const lists = stored.filter(({ name }) => ['members', 'serviceAccounts', 'administrators'].includes(name));
  const addresses = lists.flatMap((section) => addressesOf(readSection(database, section), account));
  return new Set([account, ...addresses].map((name) => name.toLowerCase()));
}

interface Forgetting {
  readonly names: AccountNames;
  readonly write: boolean;
}

/** Whether the section named the account. */
function forgetInSection(database: DatabaseSync, section: Stored, { names, write }: Forgetting): boolean {
  const value = readSection(database, section);
  const without = withoutAccount(value, names);
  if (without === value) return false;
  if (write) {
    const packed = encodeSection(section.name, Object(without));
    database
      .prepare('UPDATE section_bytes SET bytes = ?, forgotten = 1 WHERE digest = ? AND version = ?')
      .run(packed.bytes, section.digest, section.version);
  }
  return true;
}

function forgetInDays(database: DatabaseSync, group: string, { names, write }: Forgetting): number {
  const rows = database.prepare('SELECT day, used FROM account_days WHERE group_id = ?').all(group);
  const update = database.prepare('UPDATE account_days SET used = ? WHERE group_id = ? AND day = ?');
  let days = 0;
  for (const row of rows) {
    const used: unknown = json(row, 'used');
    const without = withoutAccount(used, names);
    if (without === used) continue;
    days += 1;
    if (write) update.run(JSON.stringify(without), group, text(row, 'day'));
  }
  return days;
}
