import type { DatabaseSync } from 'node:sqlite';
import type { Instant } from '../model/instant.ts';
import type { Verdict } from '../model/judgement.ts';
import type { Run } from '../model/run.ts';
import type { RuleVerdict } from '../model/run-record.ts';
import type { Yardstick } from '../model/yardstick.ts';
import { json, type Row, text, textOrNull } from './row.ts';

/** A rule's verdict and since when it has been that without a break. */
export interface StandingVerdict {
  readonly verdict: Verdict;
  readonly since: Instant;
}

function toVerdict(row: Row): Verdict {
  const verdict = text(row, 'verdict');
  return verdict === 'passed' || verdict === 'breached' ? verdict : 'not_evaluated';
}

/** Table `verdicts`: the latest verdict of each rule and group, since when, and when the rule was last judged at all. */
export function verdictsTable(database: DatabaseSync) {
  const upsert = database.prepare(`
    INSERT INTO verdicts (group_id, rule, verdict, since, judged_at, judged_run)
    VALUES (:group, :rule, :verdict, :at, :judgedAt, :judgedRun)
    ON CONFLICT (group_id, rule) DO UPDATE SET
      since = CASE WHEN verdict = excluded.verdict THEN since ELSE excluded.since END,
      verdict = excluded.verdict, judged_at = coalesce(excluded.judged_at, judged_at),
      judged_run = coalesce(excluded.judged_run, judged_run)`);
  const select = database.prepare('SELECT * FROM verdicts WHERE group_id = ? ORDER BY rule');
  const selectYardsticks = database.prepare(`
    SELECT verdicts.rule, runs.yardstick FROM verdicts JOIN runs ON runs.id = verdicts.judged_run
    WHERE verdicts.group_id = ? ORDER BY verdicts.rule`);
  return {
    save({ id, group }: Pick<Run, 'id' | 'group'>, { rule, verdict, judged }: RuleVerdict, at: Instant): void {
      upsert.run({ group, rule, verdict, at, judgedAt: judged ? at : null, judgedRun: judged ? id : null });
    },
    since(group: string): Readonly<Record<string, StandingVerdict>> {
      return Object.fromEntries(
        select.all(group).map((row) => [text(row, 'rule'), { verdict: toVerdict(row), since: text(row, 'since') }]),
      );
    },
    /** The yardstick of the run that judged each rule last. */
    yardsticks(group: string): ReadonlyMap<string, Yardstick> {
      return new Map(selectYardsticks.all(group).map((row) => [text(row, 'rule'), json(row, 'yardstick')]));
    },
    lastJudged(group: string): Readonly<Record<string, Instant>> {
      return Object.fromEntries(
        select.all(group).flatMap((row) => {
          const judgedAt = textOrNull(row, 'judged_at');
          return judgedAt === null ? [] : [[text(row, 'rule'), judgedAt]];
        }),
      );
    },
  };
}
