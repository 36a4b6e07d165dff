import type { Verdict } from '../model/judgement.ts';
import type { DisabledRule, Report, RuleReport } from '../model/report.ts';
import { formatNumber } from './figures.ts';
import type { Moments } from './moments.ts';
import { cleanText, toSentence } from './plain-text.ts';
import type { Privacy } from './privacy.ts';
import type { ControlView, DisabledRow, FrameworkView, RequirementRow, View } from './view-model.ts';

const STANDINGS = {
  breached: { tone: 'open', mark: '✗', verdict: 'not met' },
  not_evaluated: { tone: 'unchecked', mark: '◐', verdict: 'not checked' },
  passed: { tone: 'met', mark: '✓', verdict: 'met' },
} as const satisfies Readonly<Record<Verdict, Pick<RequirementRow, 'tone' | 'mark' | 'verdict'>>>;

/** What asks for attention stands first. */
const ORDER: readonly Verdict[] = ['breached', 'not_evaluated', 'passed'];

const SWITCHED_OFF = { mark: '–', text: 'switched off' } as const;

function since(report: Report, rule: RuleReport, moments: Moments): string {
  const atLeast = rule.since <= report.run.historySince ? 'at least ' : '';
  return `since ${atLeast}${moments.date(rule.since)}`;
}

function proofOf(report: Report, rule: RuleReport, moments: Moments): string {
  const checked = rule.checked === null ? '' : `${formatNumber(rule.checked)} looked at, `;
  return `${checked}${since(report, rule, moments)}`;
}

/** All requirements and how they stand, with what each verdict does not cover. */
export function toRequirements(report: Report, moments: Moments, privacy: Privacy): View['requirements'] {
  const rows = ORDER.flatMap((verdict) => report.rules.filter((rule) => rule.verdict === verdict)).map(
    (rule): RequirementRow => {
      const limits = rule.limits.slice(0, 6).map((limit) => toSentence(privacy.sentence(limit)));
      return {
        rule: cleanText(rule.requirement.id, 80),
        title: cleanText(rule.requirement.title, 160),
        ...STANDINGS[rule.verdict],
        proof: proofOf(report, rule, moments),
        limits: limits.join(' '),
        caveat: rule.verdict === 'passed' ? limits.join(' ') : '',
      };
    },
  );
  return {
    heading: rows.length === 0 ? 'Requirements' : `Requirements (${formatNumber(rows.length)})`,
    rows,
    more: '',
  };
}

/** Rules that are switched off, with the reason that was given. */
export function toDisabled(rules: readonly DisabledRule[], moments: Moments, privacy: Privacy): readonly DisabledRow[] {
  return rules.map((rule) => {
    const until = rule.until === null ? 'without an end' : `until ${moments.day(rule.until)}`;
    return {
      rule: cleanText(rule.id, 80),
      title: cleanText(rule.title, 160),
      terms: toSentence(`${until}: ${privacy.sentence(rule.reason)}`),
    };
  });
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
  if ('disabled' in entry) return { rule: cleanText(entry.disabled.id, 80), ...SWITCHED_OFF };
  const { rule } = entry;
  const { mark, verdict } = STANDINGS[rule.verdict];
  return {
    rule: cleanText(rule.requirement.id, 80),
    mark,
    text: `${verdict}, ${proofOf(report, rule, moments)}`,
  };
}

/** Framework, control and the evidence for it. A control gets no verdict: a rule supports it and never proves it alone. */
export function toCoverage(report: Report, moments: Moments): View['coverage'] {
  return {
    frameworks: toFrameworks(report, moments),
    more: '',
    note: 'A rule is evidence for a control and never proves it alone; controls get no verdict here.',
    legend: `${ORDER.map((verdict) => `${STANDINGS[verdict].mark} ${STANDINGS[verdict].verdict}`).join(' · ')} · ${SWITCHED_OFF.mark} ${SWITCHED_OFF.text}`,
  };
}

function toFrameworks(report: Report, moments: Moments): readonly FrameworkView[] {
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
