import type { DatabaseSync } from 'node:sqlite';
import type { EncodedSection } from '../model/encoded-section.ts';
import type { Instant } from '../model/instant.ts';
import type { SectionName } from '../model/snapshot.ts';
import { bytes, integer, type Row, text } from './row.ts';

function toSection(name: SectionName, row: Row): EncodedSection {
  return {
    name,
    version: integer(row, 'version'),
    items: integer(row, 'items'),
    bytes: bytes(row, 'bytes'),
    digest: text(row, 'digest'),
  };
}

/** A section that an earlier run read, and when that run began. */
export interface EarlierSection {
  readonly section: EncodedSection;
  readonly at: Instant;
}

/** A stored section whose bytes are not read yet. Its name is the one it was stored under. */
export interface KeptSection extends Omit<EncodedSection, 'name' | 'bytes'> {
  readonly name: string;
  load(): Uint8Array;
}

/**
 * Tables `sections` (what each run read, by digest, kept for ever) and `section_bytes` (the bytes, once for all runs that read the same,
 * deleted when they are old).
 */
export function sectionsTable(database: DatabaseSync) {
  // Bytes from which somebody was taken out are not what this run read.
  const insertBytes = database.prepare(`
    INSERT INTO section_bytes (digest, version, bytes) VALUES (?, ?, ?)
    ON CONFLICT (digest, version) DO UPDATE SET bytes = excluded.bytes, forgotten = 0 WHERE forgotten = 1`);
  const insert = database.prepare('INSERT INTO sections (run, name, version, items, digest) VALUES (?, ?, ?, ?, ?)');
  const latest = database.prepare(`
    SELECT version, items, digest, bytes, started_at FROM sections JOIN section_bytes USING (digest, version)
    JOIN runs ON runs.id = sections.run
    WHERE runs.group_id = ? AND name = ? AND sequence IS NOT NULL ORDER BY sequence DESC LIMIT 1`);
  const asJudged = database.prepare(`
    SELECT version, items, digest, bytes, started_at FROM verdicts JOIN sections ON sections.run = verdicts.judged_run
    JOIN section_bytes USING (digest, version) JOIN runs ON runs.id = sections.run
    WHERE verdicts.group_id = ? AND sections.name = ? AND verdicts.rule = ?`);
  const kept = database.prepare(`
    SELECT name, version, items, digest FROM sections JOIN section_bytes USING (digest, version) WHERE run = ? ORDER BY name`);
  const digests = database.prepare('SELECT name, digest FROM sections WHERE run = ? ORDER BY rowid');
  const bytesOf = database.prepare('SELECT bytes FROM section_bytes WHERE digest = ? AND version = ?');
  const prune = database.prepare(`
    DELETE FROM section_bytes WHERE (digest, version) NOT IN (
      SELECT digest, version FROM sections JOIN runs ON runs.id = sections.run WHERE runs.started_at >= ?
      UNION
      SELECT digest, version FROM (
        SELECT digest, version, max(sequence) FROM sections JOIN runs ON runs.id = sections.run GROUP BY group_id, name))`);
  return {
    add(run: string, section: EncodedSection): void {
      insertBytes.run(section.digest, section.version, section.bytes);
      insert.run(run, section.name, section.version, section.items, section.digest);
    },
    latest(group: string, name: SectionName): EncodedSection | null {
      const row = latest.get(group, name);
      return row === undefined ? null : toSection(name, row);
    },
    /** As the run had it that judged `rule` last, else as the last committed run has it. */
    earlier(group: string, name: SectionName, rule: string): EarlierSection | null {
      const row = asJudged.get(group, name, rule) ?? latest.get(group, name);
      return row === undefined ? null : { section: toSection(name, row), at: text(row, 'started_at') };
    },
    /** Name and digest of every section that a run read, in the order in which they were added. */
    digests(run: string): readonly (readonly [string, string])[] {
      return digests.all(run).map((row) => [text(row, 'name'), text(row, 'digest')] as const);
    },
    /** The sections that a run read and whose bytes are kept; `load` reads them. */
    kept(run: string): readonly KeptSection[] {
      return kept.all(run).map((row) => {
        const section = {
          name: text(row, 'name'),
          version: integer(row, 'version'),
          items: integer(row, 'items'),
          digest: text(row, 'digest'),
        };
        const load = (): Uint8Array => bytes(bytesOf.get(section.digest, section.version) ?? {}, 'bytes');
        return { ...section, load };
      });
    },
    /** Deletes bytes that only runs before `before` read; the newest of each group and name stay. */
    prune(before: Instant): number {
      return Number(prune.run(before).changes);
    },
  };
}
