import { isOpen } from '../model/finding.ts';
import type { Report } from '../model/report.ts';
import { toReportJson } from './json.ts';

type Written = ReturnType<typeof toReportJson>;
type WrittenRule = Written['rules'][number];
type WrittenFinding = Written['findings'][number];

/** How one test case ended; `passed` has no element. */
type Ending = 'passed' | 'failure' | 'error' | 'skipped';

interface Case {
  readonly name: string;
  readonly ending: Ending;
  readonly message: string;
  /** The severity of a failure, the kind of reason of an error. */
  readonly type: string;
  readonly text: string;
}

interface Suite {
  readonly name: string;
  readonly cases: readonly Case[];
}

const MAX_TEXT = 5_000;

/** Everything that XML 1.0 does not allow in a document (https://www.w3.org/TR/xml/#charsets). */
const ILLEGAL =
  // oxlint-disable-next-line no-control-regex -- control characters are what this is about
  /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

function escapeXml(text: string): string {
  return text
    .slice(0, MAX_TEXT)
    .toWellFormed()
    .replace(ILLEGAL, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replace(/[\t\n\r]/g, ' ');
}

function attributes(pairs: Readonly<Record<string, string | number>>): string {
  return Object.entries(pairs)
    .map(([name, value]) => ` ${name}="${escapeXml(String(value))}"`)
    .join('');
}

function findingCase(finding: WrittenFinding, rule: WrittenRule | undefined): Case {
  const { subject, key, message, waiver, severity } = finding;
  const isSubject = key === '' || key === subject.id;
  const name = isSubject ? subject.id : `${subject.id} (${key})`;
  if (waiver !== null && !waiver.expired) {
    const text = `Waived until the end of ${waiver.expires}, approved by ${waiver.approvedBy}: ${waiver.reason}`;
    return { name, ending: 'skipped', message: text, type: 'waived', text: message };
  }
  const since = `Open since ${finding.openedAt}${finding.state === 'unverified' ? '; not verified in this run' : ''}.`;
  const fix = rule === undefined ? '' : ` How to fix: ${rule.fix.text}`;
  return { name, ending: 'failure', message, type: severity, text: `${message}. ${since}${fix}` };
}

/** What is said of the rule itself, beside its findings. */
function ruleCases(rule: WrittenRule): readonly Case[] {
  const message = rule.reason ?? '';
  if (rule.verdict === 'passed') return [{ name: rule.title, ending: 'passed', message: '', type: '', text: '' }];
  if (rule.verdict === 'breached') return [];
  return [{ name: rule.title, ending: 'error', message, type: rule.reasonKind ?? 'not_evaluated', text: message }];
}

function suitesOf({ rules, findings, disabled, brokenRules }: Written): readonly Suite[] {
  const open = Map.groupBy(
    findings.filter(({ state }) => isOpen(state)),
    ({ rule }) => rule,
  );
  const known = new Set(rules.map(({ id }) => id));
  // A finding may outlive its rule: one that does not load any more, or that this run was narrowed past.
  const orphans = [...open.keys()].filter((id) => !known.has(id));
  return [
    ...rules.map((rule) => ({
      name: rule.id,
      cases: [...(open.get(rule.id) ?? []).map((finding) => findingCase(finding, rule)), ...ruleCases(rule)],
    })),
    ...orphans.map((id) => ({
      name: id,
      cases: (open.get(id) ?? []).map((finding) => findingCase(finding, undefined)),
    })),
    ...disabled.map(({ id, title, reason }) => ({
      name: id,
      cases: [{ name: title, ending: 'skipped', message: reason, type: 'switched off', text: '' } as const],
    })),
    ...brokenRules.map(({ file, reason = 'It does not load', reasonKind = 'rule_failed' }) => ({
      name: file,
      cases: [{ name: file, ending: 'error', message: reason, type: reasonKind, text: reason } as const],
    })),
  ];
}

function count(cases: readonly Case[], ending: Ending): number {
  return cases.filter((each) => each.ending === ending).length;
}

function countsOf(cases: readonly Case[]): Readonly<Record<string, number>> {
  return {
    tests: cases.length,
    failures: count(cases, 'failure'),
    errors: count(cases, 'error'),
    skipped: count(cases, 'skipped'),
  };
}

function writeCase({ name, ending, message, type, text }: Case, suite: string): string {
  const head = `    <testcase${attributes({ name, classname: suite })}`;
  if (ending === 'passed') return `${head}/>`;
  // `skipped` has a message and nothing else in the forms of JUnit that most readers know.
  const inside =
    ending === 'skipped'
      ? `<skipped${attributes({ message })}/>`
      : `<${ending}${attributes({ message, type })}>${escapeXml(text)}</${ending}>`;
  return `${head}>${inside}</testcase>`;
}

function writeSuite({ name, cases }: Suite, { run }: Written): readonly string[] {
  const suite = `${run.group}.${name}`;
  const at = run.startedAt.replace(/(\.\d+)?Z$/, '');
  return [
    `  <testsuite${attributes({ name: suite, ...countsOf(cases), time: '0', timestamp: at, hostname: run.group })}>`,
    ...cases.map((each) => writeCase(each, suite)),
    '  </testsuite>',
  ];
}

/**
 * Reports as JUnit XML: a suite a rule, a failure an open finding, an error a rule that could not be judged, skipped what is waived or
 * switched off. Nothing that closed is in it.
 */
export function renderJunit(reports: readonly Report[]): string {
  const all = reports.map((report) => toReportJson(report));
  const cases = all.flatMap((written) => suitesOf(written).flatMap((suite) => suite.cases));
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name: 'vt-auditor', ...countsOf(cases) })}>`,
    ...all.flatMap((written) => suitesOf(written).flatMap((suite) => writeSuite(suite, written))),
    '</testsuites>',
    '',
  ].join('\n');
}
