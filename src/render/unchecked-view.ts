import type { SubjectKind } from '../model/judgement.ts';
import type { ReasonKind } from '../model/reason.ts';
import type { Report, RuleReport } from '../model/report.ts';
import { formatCount } from './figures.ts';
import { capitalize, cleanText, toSentence } from './plain-text.ts';
import type { Privacy } from './privacy.ts';
import type { UncheckedRow } from './view-model.ts';

const REMEDIES: Readonly<Record<ReasonKind, string>> = {
  not_collected: 'The next run tries again. If it stays, look at the log of this run.',
  not_visible: 'Give the auditor’s key administration rights in this group.',
  rule_failed: 'Mend the rule, then try it with “vt-auditor rules test”.',
  timed_out: 'Make the rule cheaper, or give it fewer accounts to look at.',
  not_configured: 'Add the list to the configuration of this group.',
  not_enough_history: 'Nothing: the history grows with each run.',
  not_on_record: 'Ask the account’s owner; the API has no record of it.',
};

function row(what: string, kind: ReasonKind, why: string, privacy: Privacy): UncheckedRow {
  return { what: cleanText(what, 160), why: capitalize(toSentence(privacy.sentence(why))), todo: REMEDIES[kind] };
}

function isAccount(kind: SubjectKind): boolean {
  return kind === 'member' || kind === 'service_account';
}

function unknownSubjects(rule: RuleReport, privacy: Privacy): readonly UncheckedRow[] {
  const byReason = Map.groupBy(rule.unknown, ({ reason }) => `${reason.kind} ${reason.text}`);
  return [...byReason.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const names = group.slice(0, 5).map(({ subject }) => privacy.sentence(subject, 60));
    const more = group.length > names.length ? ', …' : '';
    const who = privacy.detail === 'counts' ? '' : ` (${names.join(', ')}${more})`;
    const noun = group.every(({ kind }) => kind === undefined || isAccount(kind)) ? 'account' : 'subject';
    const what = `${rule.requirement.title}: ${formatCount(group.length, noun)}${who}`;
    return [{ ...row('', first.reason.kind, first.reason.text, privacy), what: cleanText(what, 400) }];
  });
}

/** A rule that is not evaluated because of some subjects gives their reason as its own: the rows of the subjects say it. */
function isOfSubjects({ reason, unknown }: RuleReport): boolean {
  return unknown.some((subject) => reason?.text.includes(subject.reason.text) === true);
}

function ofRule(rule: RuleReport, privacy: Privacy): readonly UncheckedRow[] {
  const subjects = unknownSubjects(rule, privacy);
  if (rule.reason === null || isOfSubjects(rule)) return subjects;
  const title = rule.verdict === 'breached' ? `${rule.requirement.title} (in part)` : rule.requirement.title;
  return [row(title, rule.reason.kind, rule.reason.text, privacy), ...subjects];
}

/** Every reason for which a rule, or a subject of it, could not be judged. */
function textsOf({ reason, unknown }: RuleReport): readonly string[] {
  return [...(reason === null ? [] : [reason.text]), ...unknown.map((subject) => subject.reason.text)];
}

/**
 * Whether a reason is that of the whole run. Each section names itself before the cause, as in "Could not list the members: nobody
 * answered", so that what follows the colon is compared.
 */
function sameCause(failure: string): (text: string) => boolean {
  const cause = /: (.{12,})/su.exec(failure)?.[1] ?? failure;
  return (text) => cause !== '' && text.includes(cause);
}

/** Everything that this run could not look at, with what to do about it; a cause that is the whole run's is said once. */
export function toUnchecked(report: Report, privacy: Privacy): readonly UncheckedRow[] {
  const { failure } = report.run;
  const rows: UncheckedRow[] = [];
  if (failure !== null) rows.push(row('The whole run', failure.kind, failure.text, privacy));
  const isSame = sameCause(failure?.text ?? '');
  const same = report.rules.filter((rule) => textsOf(rule).length > 0 && textsOf(rule).every(isSame));
  if (same.length > 0)
    rows.push({ what: formatCount(same.length, 'requirement'), why: 'For the same cause.', todo: 'Nothing else.' });
  for (const rule of report.rules) if (!same.includes(rule)) rows.push(...ofRule(rule, privacy));
  for (const { file, reason } of report.brokenRules) {
    rows.push(row(`The rule file ${cleanText(file, 120)}`, reason.kind, reason.text, privacy));
  }
  const used = new Set(report.rules.map(({ reason }) => reason?.text));
  for (const { name, reason } of report.sections) {
    if (reason !== null && !isSame(reason.text) && !used.has(reason.text)) {
      rows.push(row(`The section “${name}”`, reason.kind, reason.text, privacy));
    }
  }
  for (const { place, problem } of report.waivers.bad) {
    rows.push({
      what: `A waiver at ${cleanText(place, 80)}`,
      why: capitalize(toSentence(privacy.sentence(problem))),
      todo: 'Mend the entry; until then it waives nothing.',
    });
  }
  return rows;
}
