import type { Reweighed, RuleDiff, Told } from '../app/rule-diff.ts';
import { printable } from './table.ts';

/** Of each kind so many are written out; a rule that breaches for everybody would hide the sum. */
const MOST_SHOWN = 50;

const AGAINST: Readonly<Record<RuleDiff['against'], string>> = {
  installed: 'compared with the installed rule',
  open: 'compared with what the rule has open now',
  nothing: 'no rule of this id is installed: all is new',
};

/** Whether it could not be told what the edited rule finds, or what the installed one found. */
export function isUntold({ after, before }: RuleDiff): boolean {
  return after === null || after.verdict === 'not_evaluated' || before?.verdict === 'not_evaluated';
}

/** What an edited rule changes in one group, as people read it. */
export function toDiffLines(diff: RuleDiff): readonly string[] {
  const { group, run, passedOver, after } = diff;
  if (run === null || after === null) return [whyNothing(diff)];
  return [
    `${group}, as of ${run.startedAt}; ${AGAINST[diff.against]}`,
    ...(passedOver === null
      ? []
      : [printable(`  the run of ${passedOver.startedAt} cannot tell: ${passedOver.reason.text}`)]),
    ...installedLine(diff),
    printable(`  verdict: ${after.verdict}${because(after.reason)}`),
    ...after.limits.map((limit) => printable(`  not covered: ${limit}`)),
    ...rows('+', 'added', diff.added),
    ...rows('-', 'removed', diff.removed),
    ...rows('~', 'with another severity', diff.reweighed),
    ...rows('?', 'not judged any more', diff.unverified),
    sumLine(diff),
  ];
}

function whyNothing({ group, passedOver }: RuleDiff): string {
  if (passedOver === null) return `${group}: no snapshot is stored; run an audit first`;
  const { startedAt, reason } = passedOver;
  return printable(
    `${group}: no stored snapshot has what the rule needs; the latest, of ${startedAt}, has not: ${reason.text}`,
  );
}

function installedLine({ before }: RuleDiff): readonly string[] {
  if (before?.verdict !== 'not_evaluated') return [];
  return [
    printable(
      `  the installed rule could not be judged${because(before.reason)}: what it would have found is not known`,
    ),
  ];
}

function because(reason: { readonly text: string } | null): string {
  return reason === null ? '' : ` (${reason.text})`;
}

function rows(mark: string, what: string, all: readonly (Told | Reweighed)[]): readonly string[] {
  const shown = all.slice(0, MOST_SHOWN).map((one) => {
    const { subject, key = '', message } = one;
    const severity = 'before' in one ? `${one.before} → ${one.severity}` : one.severity;
    return printable(
      `  ${mark} ${subject.kind} ${subject.id}${key === '' ? '' : ` (${key})`}: ${severity}: ${message}`,
    );
  });
  const rest = all.length - shown.length;
  return rest === 0 ? shown : [...shown, `  ${mark} ${rest} more ${what} (--json has all)`];
}

function sumLine({ added, removed, kept, reweighed, unverified }: RuleDiff): string {
  const counts = [`${added.length} added`, `${removed.length} removed`, `${kept} as before`];
  if (reweighed.length > 0) counts.push(`${reweighed.length} of those with another severity`);
  if (unverified.length > 0) counts.push(`${unverified.length} not judged any more: they would stay open`);
  return `  ${counts.join(', ')}`;
}
