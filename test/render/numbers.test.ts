import assert from 'node:assert/strict';
import test from 'node:test';
import { type Finding, isOpen } from '../../src/model/finding.ts';
import type { Report } from '../../src/model/report.ts';
import { SEVERITIES } from '../../src/model/severity.ts';
import { isResolvedByGroup, isWaived, summarize } from '../../src/model/summary.ts';
import { renderMessages } from '../../src/render/channels/index.ts';
import { renderCsv } from '../../src/render/csv.ts';
import { renderJson } from '../../src/render/json.ts';
import { renderJunit } from '../../src/render/junit.ts';
import { renderOcsf } from '../../src/render/ocsf.ts';
import { renderPage } from '../../src/render/page.ts';
import { CONTEXT, mailOf, slackChannel, viewOf, visibleText } from '../support/render-builder.ts';
import { buildFinding, buildReport, buildRouted, daysAgo, passingRules } from '../support/report-builder.ts';

/** The same numbers for the same seed (a linear congruential generator, as in Numerical Recipes). */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state % below;
  };
}

const STATES = ['new', 'persisting', 'unverified', 'resolved', 'withdrawn'] as const;
const CAUSES = ['group_changed', 'left_group', 'yardstick_changed', 'aged_out'] as const;

function randomFinding(index: number, next: (below: number) => number): Finding {
  const state = STATES[next(STATES.length)] ?? 'new';
  const waived = isOpen(state) && next(4) === 0;
  const rules = passingRules();
  return buildFinding({
    rule: rules[next(rules.length)]?.requirement.id ?? '',
    severity: SEVERITIES[next(SEVERITIES.length)] ?? 'low',
    state,
    because: state === 'withdrawn' ? 'rule_disabled' : (CAUSES[next(CAUSES.length)] ?? 'group_changed'),
    subject: { kind: 'member', id: `person${index}`, email: `person${index}@northwind.example` },
    message: `person${index} does not meet it`,
    openedAt: daysAgo(next(60)),
    resolvedAt: isOpen(state) ? null : daysAgo(0),
    waiver: waived
      ? { reason: 'r', approvedBy: 'boss', expires: '2026-12-01', ticket: null, expired: next(3) === 0 }
      : null,
  });
}

function randomReport(seed: number): Report {
  const next = generator(seed);
  const findings = Array.from({ length: next(90) }, (_, index) => randomFinding(index, next));
  const breached = new Set(findings.filter(({ state }) => isOpen(state)).map(({ rule }) => rule));
  const rules = passingRules().map((rule) =>
    breached.has(rule.requirement.id) ? { ...rule, verdict: 'breached' as const } : rule,
  );
  return buildReport({ rules, findings, summary: summarize(rules, 0, findings) });
}

interface Numbers {
  readonly open: number;
  readonly fresh: number;
  readonly resolved: number;
  readonly waived: number;
}

function numbersOf({ findings }: Report): Numbers {
  const open = findings.filter((finding) => isOpen(finding.state) && !isWaived(finding));
  return {
    open: open.length,
    fresh: open.filter(({ state }) => state === 'new').length,
    resolved: findings.filter(isResolvedByGroup).length,
    waived: findings.filter(isWaived).length,
  };
}

function numbersInJson(report: Report): Numbers {
  const document = JSON.parse(renderJson([report])) as {
    reports: [{ summary: { findings: Record<string, number>; bySeverity: Record<string, number> } }];
  };
  const { findings, bySeverity } = document.reports[0].summary;
  return {
    open: Object.values(bySeverity).reduce((sum, count) => sum + count, 0),
    fresh: findings['new'] ?? -1,
    resolved: findings['resolved'] ?? -1,
    waived: findings['waived'] ?? -1,
  };
}

function numbersInCsv(report: Report): Numbers {
  const [header = '', ...lines] = renderCsv([report]).slice(1).trimEnd().split('\r\n');
  const cells = (line: string) => [...line.matchAll(/"((?:[^"]|"")*)"(?:,|$)/gu)].map(([, cell]) => cell ?? '');
  const columns = cells(header);
  const rows = lines.map((line) => {
    const row = cells(line);
    return (name: string) => row[columns.indexOf(name)] ?? '';
  });
  const open = rows.filter((of) => ['new', 'persisting', 'unverified'].includes(of('state')) && of('waived') === 'no');
  return {
    open: open.length,
    fresh: open.filter((of) => of('state') === 'new').length,
    resolved: rows.filter((of) => of('state') === 'resolved' && /^(group_changed|left_group)$/.test(of('because')))
      .length,
    waived: rows.filter((of) => of('waived') === 'yes').length,
  };
}

interface OcsfEvent {
  readonly status: string;
  readonly compliance: { readonly status: string };
  readonly activity_name?: string;
  readonly activity_id: number;
  readonly resources?: readonly { readonly uid?: string }[];
}

/** Events about findings are those about a person; the others are about requirements. */
function numbersInOcsf(report: Report): Numbers {
  const events = renderOcsf([report])
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as OcsfEvent)
    .filter(({ resources }) => resources?.some(({ uid }) => uid?.startsWith('person')) === true);
  const open = events.filter(({ status }) => status === 'New' || status === 'In Progress');
  return {
    open: open.length,
    fresh: open.filter(({ status }) => status === 'New').length,
    resolved: events.filter(({ status }) => status === 'Resolved').length,
    waived: events.filter(({ status }) => status === 'Suppressed').length,
  };
}

/** The strip of figures, and the number behind "Waived". */
function numbersInView(report: Report): Numbers {
  const { strip, waived } = viewOf(report);
  const [fresh, open, resolved] = strip.map(({ figure }) => Number(figure.replaceAll(',', '')));
  return { open: open ?? -1, fresh: fresh ?? -1, resolved: resolved ?? -1, waived: waived.rows.length };
}

const SEEDS = Array.from({ length: 40 }, (_, index) => index + 1);

test('one number is the same in JSON, CSV, OCSF and every view', () => {
  for (const seed of SEEDS) {
    const report = randomReport(seed);
    const numbers = numbersOf(report);
    const found = {
      json: numbersInJson(report),
      csv: numbersInCsv(report),
      ocsf: numbersInOcsf(report),
      view: numbersInView(report),
    };
    assert.deepEqual(found, { json: numbers, csv: numbers, ocsf: numbers, view: numbers }, `seed ${seed}`);
  }
});

test('what the view says is what mail, text, page and chat say', () => {
  for (const seed of SEEDS.slice(0, 8)) {
    const report = randomReport(seed);
    const { verdict, strip } = viewOf(report);
    const { html, text } = mailOf(report);
    const page = visibleText(renderPage(viewOf(report), CONTEXT.templates));
    const flat = (words: string) => words.replaceAll(/\s+/g, ' ');
    for (const place of [visibleText(html), text, page]) {
      assert.ok(flat(place).includes(flat(verdict.sentence)), `seed ${seed}`);
    }
    const line = strip
      .map(({ figure, label, note }) => `${figure} ${label}${note === '' ? '' : ` (${note})`}`)
      .join(' | ');
    assert.ok(flat(text).includes(line), `seed ${seed}: ${line}`);
    const [message] = renderMessages(buildRouted(report), slackChannel(), CONTEXT);
    const body = message?.body.kind === 'slack' ? message.body.body : '';
    for (const { figure, label } of strip) assert.ok(body.includes(`*${figure}* ${label}`), `seed ${seed}`);
  }
});

test('JUnit has a failure for each open finding, and skips each waived one', () => {
  for (const seed of SEEDS) {
    const report = randomReport(seed);
    const xml = renderJunit([report]);
    const { open, waived } = numbersOf(report);
    const count = (element: string) => xml.split(`<${element} `).length - 1;
    assert.deepEqual([count('failure'), count('skipped')], [open, waived], `seed ${seed}`);
  }
});
