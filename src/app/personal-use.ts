import type { App } from '../app.ts';
import { latestIn, type People, peopleOf } from '../audit/people.ts';
import { withholdInFinding, withholdInReport } from '../audit/personal-use.ts';
import { type Finding, isOpen } from '../model/finding.ts';
import type { Report } from '../model/report.ts';
import type { Requirement } from '../model/requirement.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { ReplayedDay } from './backtest.ts';
import { UsageError } from './complaint.ts';

/** What showing stored things needs of the program. */
type Showing = Pick<App, 'config' | 'rules' | 'store'>;

/** Who may be named in a group beside what they use, by what was read now or last; null: everybody. */
export function peopleToShow({ config, store }: Showing, group: string, snapshot: Snapshot = {}): People | null {
  return config.privacy.namePersonalUsage ? null : peopleOf(snapshot, latestIn(store, group));
}

/** Whether the use of one account may be asked for. @throws UsageError when it is a member's, and that is not told. */
export function requireToldUse(app: Showing, group: string, id: string): void {
  const people = peopleToShow(app, group);
  if (people === null || people.isNamed(id)) return;
  throw new UsageError(
    `privacy.namePersonalUsage is false: use is told of service accounts and administrators only, and the last audit saw no such one called "${id}"`,
  );
}

/** Stored findings as they may be shown now, whatever was asked for when they were stored. */
export function shownFindings(app: Showing, group: string): readonly Finding[] {
  const findings = app.store.findings(group);
  const people = peopleToShow(app, group);
  if (people === null) return findings;
  const withholding = { people, requirements: app.rules.requirements, salt: app.store.keySalt() };
  return findings.map((finding) => withholdInFinding(finding, withholding));
}

/** The open ones of them. */
export function shownOpenFindings(app: Showing, group: string): readonly Finding[] {
  return shownFindings(app, group).filter(({ state }) => isOpen(state));
}

/** Whether the subject of a stored finding is named where the finding is shown. */
export function isShownByName(app: Showing, { group, rule, subject }: Finding): boolean {
  const people = peopleToShow(app, group);
  const tellsUse = app.rules.requirements.get(rule)?.personalUse === 'use';
  return people === null || !tellsUse || subject.kind !== 'member' || people.isNamed(subject.id);
}

/** A stored report as it may be shown now. */
export function shownReport(app: Showing, report: Report): Report {
  const people = peopleToShow(app, report.run.group);
  if (people === null) return report;
  return withholdInReport(report, { people, requirements: app.rules.requirements, salt: app.store.keySalt() });
}

/** Days of a replay as they may be shown: findings of a past that was never told. */
export function shownDays(
  app: Showing,
  { group, requirement }: { readonly group: string; readonly requirement: Requirement },
  days: readonly ReplayedDay[],
): readonly ReplayedDay[] {
  const people = peopleToShow(app, group);
  if (people === null) return days;
  const withholding = { people, requirements: new Map([[requirement.id, requirement]]), salt: app.store.keySalt() };
  const show = (finding: Finding) => withholdInFinding(finding, withholding);
  return days.map((day) => ({ ...day, opened: day.opened.map(show), closed: day.closed.map(show) }));
}
