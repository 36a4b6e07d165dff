import type { DatabaseSync } from 'node:sqlite';
import type { Instant } from '../model/instant.ts';
import type { RuleFate } from '../model/run-record.ts';
import type { FailingRule } from '../model/snapshot.ts';
import { integer, text } from './row.ts';

/** Table `rule_failures`: rules that failed in the latest run of their group that tried them, and in how many in a row. */
export function ruleFailuresTable(database: DatabaseSync) {
  const count = database.prepare(`
    INSERT INTO rule_failures (group_id, rule, runs, since, reason) VALUES (:group, :rule, 1, :at, :failure)
    ON CONFLICT (group_id, rule) DO UPDATE SET runs = runs + 1, reason = excluded.reason`);
  const forget = database.prepare('DELETE FROM rule_failures WHERE group_id = ? AND rule = ?');
  const select = database.prepare('SELECT * FROM rule_failures ORDER BY rule, runs DESC, group_id');
  return {
    save(group: string, { rule, failure }: RuleFate, at: Instant): void {
      if (failure === null) forget.run(group, rule);
      else count.run({ group, rule, at, failure });
    },
    /** Of all groups; a rule that fails in several is there once, with its longest row of failures. */
    all(): readonly FailingRule[] {
      const rows = select.all().map((row) => ({
        rule: text(row, 'rule'),
        runs: integer(row, 'runs'),
        since: text(row, 'since'),
        reason: text(row, 'reason'),
      }));
      return rows.filter(({ rule }, index) => rows[index - 1]?.rule !== rule);
    },
  };
}
