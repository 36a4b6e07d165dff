import type { App } from '../app.ts';
import { A_MEMBER, latestIn, type People, peopleOf } from '../audit/people.ts';
import { withholdInFinding, withholdInReport, withholdInResult } from '../audit/personal-use.ts';
import { unpackSections } from '../evaluate/stored-sections.ts';
import { type Finding, isOpen } from '../model/finding.ts';
import type { Subject } from '../model/judgement.ts';
import type { Report } from '../model/report.ts';
import type { Requirement } from '../model/requirement.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { ReplayedDay, Withhold } from './backtest.ts';
import { UsageError } from './complaint.ts';
import type { Told } from './rule-diff.ts';

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

/** What a replay must leave out of its results, as an audit does; undefined: nothing. */
export function toWithhold(
  { config, store }: Showing,
  { group, requirement }: { readonly group: string; readonly requirement: Requirement },
): Withhold | undefined {
  if (config.privacy.namePersonalUsage) return undefined;
  const latest = latestIn(store, group);
  return (result, sections) => {
    if (result.breaches.length === 0) return result;
    const people = peopleOf(unpackSections(sections), latest);
    return withholdInResult(result, new Map([[requirement.id, requirement]]), people);
  };
}

/** How days of a replay may be shown: findings of a past that was never told. */
export function toShownDay(
  app: Showing,
  { group, requirement }: { readonly group: string; readonly requirement: Requirement },
): (day: ReplayedDay) => ReplayedDay {
  const people = peopleToShow(app, group);
  if (people === null) return (day) => day;
  const withholding = { people, requirements: new Map([[requirement.id, requirement]]), salt: app.store.keySalt() };
  const show = (finding: Finding): Finding => withholdInFinding(finding, withholding);
  const tellsUse = requirement.personalUse === 'use';
  return (day) => {
    const { reason } = day;
    const told = reason === null || !tellsUse ? reason : { ...reason, text: people.mask(reason.text) };
    return { ...day, reason: told, opened: day.opened.map(show), closed: day.closed.map(show) };
  };
}

/** How a diff shows what it tells. */
export interface Showable {
  breach<One extends Told>(breach: One): One;
  /** The message of a finding that is stored. */
  message(finding: Finding): string;
  text(text: string): string;
}

/** How what a rule says of the present may be shown. */
export function toShowable(
  app: Showing,
  { group, requirement }: { readonly group: string; readonly requirement: Requirement },
): Showable {
  const people = peopleToShow(app, group);
  if (people === null) return { breach: (breach) => breach, message: ({ message }) => message, text: (text) => text };
  const withholding = { people, requirements: new Map([[requirement.id, requirement]]), salt: app.store.keySalt() };
  const isUse = requirement.personalUse === 'use';
  const isHidden = ({ kind, id }: Subject): boolean => isUse && kind === 'member' && !people.isNamed(id);
  return {
    breach: (breach) =>
      isHidden(breach.subject)
        ? { ...breach, subject: { kind: 'member', id: A_MEMBER }, key: people.mask(breach.key ?? '') }
        : breach,
    message: (finding) => withholdInFinding(finding, withholding).message,
    text: (text) => (isUse ? people.mask(text) : text),
  };
}
