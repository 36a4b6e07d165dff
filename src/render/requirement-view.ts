import type { DisabledRule, Report, RuleReport } from '../model/report.ts';
import { formatNumber } from './figures.ts';
import type { Moments } from './moments.ts';
import { cleanText, toSentence } from './plain-text.ts';
import type { Privacy } from './privacy.ts';
import type { ControlView, FrameworkView, MetRow } from './view-model.ts';

const VERDICTS = { passed: 'met', breached: 'not met', not_evaluated: 'not checked' } as const;

function since(report: Report, rule: RuleReport, moments: Moments): string {
  const atLeast = rule.since <= report.run.historySince ? 'at least ' : '';
  return `since ${atLeast}${moments.date(rule.since)}`;
}

function proofOf(report: Report, rule: RuleReport, moments: Moments): string {
  const checked = rule.checked === null ? '' : `${formatNumber(rule.checked)} looked at, `;
  return `${checked}${since(report, rule, moments)}`;
}

/** Requirements that are met, with what the verdict does not cover. */
export function toMet(report: Report, moments: Moments, privacy: Privacy): readonly MetRow[] {
  return report.rules
    .filter((rule) => rule.verdict === 'passed')
    .map((rule) => ({
      rule: cleanText(rule.requirement.id, 80),
      title: cleanText(rule.requirement.title, 160),
      proof: proofOf(report, rule, moments),
      limits: rule.limits
        .slice(0, 6)
        .map((limit) => toSentence(privacy.sentence(limit)))
        .join(' '),
    }));
}

/** Rules that are switched off, with the reason that was given. */
export function toDisabled(rules: readonly DisabledRule[], moments: Moments, privacy: Privacy): readonly MetRow[] {
  return rules.map((rule) => ({
    rule: cleanText(rule.id, 80),
    title: cleanText(rule.title, 160),
    proof: rule.until === null ? 'without an end' : `until ${moments.day(rule.until)}`,
    limits: toSentence(privacy.sentence(rule.reason)),
  }));
}

type Entry = { readonly rule: RuleReport } | { readonly disabled: DisabledRule };

function entriesByControl(
  report: Report,
): ReadonlyMap<string, { readonly place: readonly [string, string]; readonly entries: Entry[] }> {
  const controls = new Map<string, { readonly place: readonly [string, string]; readonly entries: Entry[] }>();
  const add = (framework: string, control: string, entry: Entry) => {
    const key = JSON.stringify([framework, control]);
    const found = controls.get(key) ?? { place: [framework, control] as const, entries: [] };
    found.entries.push(entry);
    controls.set(key, found);
  };
  for (const rule of report.rules) {
    for (const [framework, ids] of Object.entries(rule.requirement.controls)) {
      for (const control of ids) add(framework, control, { rule });
    }
  }
  for (const disabled of report.disabled) {
    for (const [framework, ids] of Object.entries(disabled.controls)) {
      for (const control of ids) add(framework, control, { disabled });
    }
  }
  return controls;
}

// Only whole evidence goes without a remark; a rule that is off leaves nothing, or less than it looks.
function gapOf(entries: readonly Entry[]): string {
  const rules = entries.flatMap((entry) => ('rule' in entry ? [entry.rule] : []));
  if (rules.length === 0) return 'not covered';
  const whole = rules.every((rule) => rule.verdict !== 'not_evaluated' && rule.reason === null);
  return whole && rules.length === entries.length ? '' : 'incomplete evidence';
}

const byNumber = new Intl.Collator('en-GB', { numeric: true });

function toEvidence(report: Report, entry: Entry, moments: Moments): ControlView['evidence'][number] {
  if ('disabled' in entry) return { rule: cleanText(entry.disabled.id, 80), text: 'switched off' };
  const { rule } = entry;
  return {
    rule: cleanText(rule.requirement.id, 80),
    text: `${VERDICTS[rule.verdict]}, ${proofOf(report, rule, moments)}`,
  };
}

/** Framework, control and the evidence for it. A control gets no verdict: a rule supports it and never proves it alone. */
export function toCoverage(report: Report, moments: Moments): readonly FrameworkView[] {
  const places = [...entriesByControl(report).values()];
  const byFramework = Map.groupBy(places, ({ place: [framework] }) => framework);
  return [...byFramework]
    .sort(([one], [other]) => byNumber.compare(one, other))
    .map(([framework, controls]) => ({
      framework: cleanText(framework, 60),
      controls: controls
        .sort(({ place: [, one] }, { place: [, other] }) => byNumber.compare(one, other))
        .map(({ place: [, control], entries }) => ({
          control: cleanText(control, 40),
          gap: gapOf(entries),
          evidence: entries.map((entry) => toEvidence(report, entry, moments)),
        })),
    }));
}
