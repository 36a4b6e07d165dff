import { isPartialKind, type Reason } from '../model/reason.ts';
import type { Report, RuleReport } from '../model/report.ts';
import type { Told } from '../model/told.ts';
import { isReminderDue, type ReminderScale } from './reminder.ts';

/** Stands in the place of a finding's id: the state of the run itself. */
export const STATUS = 'status';

/** The reader and the report that a state is told about. */
interface StatusInput {
  readonly report: Report;
  readonly audit: string;
  readonly send: { readonly to: string };
  readonly reminders: ReminderScale;
  readonly at: Date;
}

/**
 * Whether the reader must hear that the run was partial or failed, or that it is complete again. The same cause is told at once and
 * then ever more seldom, so that an outage does not fill a mailbox every hour.
 */
export function isStatusNews(input: StatusInput, told: Told | undefined): boolean {
  const cause = causeOf(input.report);
  if (told === undefined) return cause !== 'complete';
  if (told.state !== cause) return true;
  // Not being able to look is as bad as anything that may be unseen.
  return cause !== 'complete' && isReminderDue(told, input.reminders.critical, input.at);
}

/** What the reader will have been told of the run's state. */
export function toldStatus(input: StatusInput, before: Told | undefined): Told {
  const state = causeOf(input.report);
  return {
    audit: input.audit,
    channel: input.send.to,
    finding: STATUS,
    severity: 'low',
    state,
    at: input.at.toISOString(),
    count: before?.state === state ? before.count + 1 : 1,
  };
}

/** What was wrong, by kind and place and without numbers that change from run to run. */
function causeOf(report: Report): string {
  if (report.run.status === 'complete') return 'complete';
  const parts = [
    report.run.status,
    ...(report.run.failure === null ? [] : [`failure ${report.run.failure.kind}`]),
    ...(report.rights?.proven === false ? ['rights'] : []),
    ...report.sections.filter(({ reason }) => isPartial(reason)).map(({ name }) => `section ${name}`),
    ...report.rules.filter(isRulePartial).map((rule) => `rule ${rule.requirement.id}`),
    ...report.brokenRules.map(({ file }) => `file ${file}`),
  ];
  return parts.sort().join(', ');
}

/** A rule that could not be judged, for all subjects or for some. */
function isRulePartial({ reason, unknown }: RuleReport): boolean {
  return isPartial(reason) || unknown.some((subject) => isPartial(subject.reason));
}

function isPartial(reason: Reason | null): boolean {
  return reason !== null && isPartialKind(reason.kind);
}
