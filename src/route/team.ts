import { type Finding, isOpen } from '../model/finding.ts';
import type { Report, RuleReport } from '../model/report.ts';
import type { Waiver } from '../model/waiver.ts';

/**
 * The report as a reader gets it who is to hear of the accounts of some domains only. What tells of other people goes: waivers, accounts
 * that could not be judged, how many were looked at, earlier counts. What is the group's as a whole goes too: quotas, use, who is approved.
 * Verdicts stay, because a requirement that others do not meet is no reason to call it met; so does everything that could not be looked at.
 * `shown` are the findings of this reader.
 */
export function toTeamReport(report: Report, channel: string, shown: readonly Finding[]): Report {
  const subjects = new Set(shown.filter(({ state }) => isOpen(state)).map(({ subject }) => subject.id));
  return {
    ...report,
    rules: report.rules.map((rule) => toTeamRule(rule, subjects)),
    sections: report.sections.filter(({ reason }) => reason !== null).map((section) => ({ ...section, items: null })),
    waivers: {
      inForce: report.waivers.inForce.filter((waiver) => shown.some((finding) => isWaivedBy(finding, waiver))),
      bad: [],
      unused: [],
    },
    yardstickChanges: [],
    quotas: [],
    usage: null,
    trend: [],
    owed: report.owed.filter((delivery) => delivery.channel === channel),
  };
}

function toTeamRule(rule: RuleReport, subjects: ReadonlySet<string>): RuleReport {
  return {
    ...rule,
    checked: null,
    options: {},
    unknown: rule.unknown.filter(({ subject }) => subjects.has(subject)),
  };
}

function isWaivedBy({ rule, subject, waiver }: Finding, entry: Waiver): boolean {
  const names = [subject.id, subject.email].map((name) => name?.toLowerCase());
  return waiver !== null && rule === entry.rule && names.includes(entry.subject.toLowerCase());
}
