import { PARTIAL_KINDS, QUIET_KINDS } from '../model/reason.ts';
import { SEVERITIES } from '../model/severity.ts';
import { COLLECTED_SECTIONS, INTENDED_SECTIONS, REMEMBERED_SECTIONS } from '../model/snapshot.ts';
import { REPORT_SCHEMA } from './json.ts';

type Schema = Readonly<Record<string, unknown>>;

const text: Schema = { type: 'string' };
const flag: Schema = { type: 'boolean' };
const count: Schema = { type: 'integer', minimum: 0 };
const instant: Schema = { type: 'string', pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d+)?Z$' };
const day: Schema = { type: 'string', pattern: '^\\d{4}-\\d{2}-\\d{2}$' };
const digest: Schema = { type: 'string', pattern: '^[0-9a-f]{64}$' };
const anything: Schema = {};

function orNull(schema: Schema): Schema {
  return { anyOf: [schema, { type: 'null' }] };
}
function oneOf(...values: readonly string[]): Schema {
  return { type: 'string', enum: values };
}
function list(items: Schema): Schema {
  return { type: 'array', items };
}
function mapOf(values: Schema): Schema {
  return { type: 'object', additionalProperties: values };
}
/** An object with exactly these keys; those after `?` in `optional` may be absent. */
function record(properties: Readonly<Record<string, Schema>>, optional: readonly string[] = []): Schema {
  const required = Object.keys(properties).filter((key) => !optional.includes(key));
  return { type: 'object', properties, required, additionalProperties: false };
}

const severity = oneOf(...SEVERITIES);
const kind = oneOf(...PARTIAL_KINDS, ...QUIET_KINDS);
const status = oneOf('running', 'complete', 'partial', 'failed');
const controls = mapOf(list(text));
const bySeverity = record({ critical: count, high: count, medium: count, low: count });
const reasonKeys = ['reason', 'reasonKind'];

const run = record({
  id: text,
  audit: text,
  group: text,
  startedAt: instant,
  finishedAt: orNull(instant),
  status,
  requests: record({ planned: count, made: count }),
  version: text,
  trigger: oneOf('schedule', 'manual', 'catch_up'),
  narrowed: flag,
  slot: orNull(text),
  dueAt: orNull(instant),
  historySince: instant,
  failure: orNull(record({ kind, text })),
  digests: orNull(
    record({ config: digest, rules: digest, sections: digest, report: digest, previous: orNull(digest) }),
  ),
});

const summary = record({
  rules: record({ passed: count, breached: count, notEvaluated: count, disabled: count }),
  findings: record({
    new: count,
    persisting: count,
    resolved: count,
    closed: count,
    unverified: count,
    withdrawn: count,
    waived: count,
  }),
  bySeverity,
});

const rule = record(
  {
    id: text,
    title: text,
    severity,
    verdict: oneOf('passed', 'breached', 'not_evaluated'),
    reason: text,
    reasonKind: kind,
    controls,
    checked: orNull(count),
    unknown: list(record({ subject: text, reason: text, reasonKind: kind })),
    limits: list(text),
    options: anything,
    since: instant,
    why: text,
    fix: record({ text, effort: oneOf('low', 'medium', 'high'), url: text }, ['url']),
    tags: list(text),
    event: orNull(record({ agesOutAfterDays: { type: 'number' } })),
    source: oneOf('built-in', 'custom'),
    version: text,
  },
  reasonKeys,
);

const finding = record({
  id: text,
  rule: text,
  severity,
  state: oneOf('new', 'persisting', 'resolved', 'unverified', 'withdrawn'),
  subject: record(
    { kind: oneOf('member', 'service_account', 'group', 'quota', 'auditor'), id: text, email: text, name: text },
    ['email', 'name'],
  ),
  message: text,
  evidence: mapOf(anything),
  firstSeenAt: instant,
  lastSeenAt: instant,
  waiver: orNull(
    record({
      reason: text,
      approvedBy: text,
      expires: day,
      ticket: orNull(text),
      expired: flag,
      ended: orNull(oneOf('expired', 'outgrown', 'removed')),
    }),
  ),
  key: text,
  because: oneOf(
    'group_changed',
    'left_group',
    'yardstick_changed',
    'rule_changed',
    'reset',
    'aged_out',
    'acknowledged',
    'rule_disabled',
  ),
  openedAt: instant,
  lastOpenAt: orNull(instant),
  resolvedAt: orNull(instant),
  resetsAt: orNull(instant),
  baseline: flag,
  acknowledged: orNull(record({ by: text, note: text, at: instant })),
  resolvedBy: orNull(record({ change: text, by: text, reason: text, at: instant, what: text })),
});

const waiver = record(
  {
    rule: text,
    group: orNull(text),
    subject: text,
    key: orNull(text),
    reason: text,
    approvedBy: text,
    approvedOn: day,
    severity,
    expires: day,
    ticket: orNull(text),
    endsAt: instant,
  },
  ['approvedOn', 'severity'],
);

/** A day for budgets of a month, an instant for those of a day. */
const runOut = orNull({ anyOf: [day, instant] });

const forecast = record({
  from: runOut,
  likeliest: runOut,
  to: runOut,
  likelihoodPercent: count,
  beforeResetPercent: count,
  usedADay: count,
  atReset: record({ low: count, likely: count, high: count }),
});

const quota = record(
  {
    name: text,
    allowed: { type: 'number' },
    used: { type: 'number' },
    status: oneOf('judged', 'no_limit', 'not_licensed', 'rate', 'gauge', 'other_pool'),
    resetsAt: orNull(instant),
    peak: orNull(record({ day, used: { type: 'number' } })),
    forecast: orNull(forecast),
  },
  ['forecast'],
);

const report = record({
  run,
  summary,
  rules: list(rule),
  findings: list(finding),
  disabled: list(record({ id: text, title: text, reason: text, until: orNull(day), controls })),
  brokenRules: list(record({ file: text, reason: text, reasonKind: kind }, reasonKeys)),
  sections: list(
    record(
      {
        name: oneOf(...COLLECTED_SECTIONS, ...INTENDED_SECTIONS, ...REMEMBERED_SECTIONS),
        items: orNull(count),
        complete: flag,
        requests: count,
        reason: text,
        reasonKind: kind,
      },
      reasonKeys,
    ),
  ),
  rights: orNull(record({ proven: flag, proofs: list(text), identityIsAdministrator: orNull(flag) })),
  waivers: record({ inForce: list(waiver), bad: list(record({ place: text, problem: text })), unused: list(waiver) }),
  yardstickChanges: list(record({ what: text, from: text, to: text })),
  outsideView: list(text),
  quotas: list(quota),
  usage: orNull(list(record({ day, calls: { type: 'number' }, spike: flag }))),
  trend: list(record({ at: instant, status, bySeverity })),
  owed: list(
    record({ channel: text, run: text, state: oneOf('pending', 'failed'), since: instant, lastError: orNull(text) }),
  ),
  baseline: flag,
  missedSlots: list(text),
  interrupted: list(record({ run: text, slot: orNull(text), startedAt: instant })),
  nextRunAt: orNull(instant),
  privacy: record({ namePersonalUsage: flag }),
});

/** JSON Schema (2020-12) of what `renderJson` writes. Strict: receivers of version 1 must nevertheless ignore keys they do not know. */
export function reportJsonSchema(): Schema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: REPORT_SCHEMA,
    ...record({ schema: { type: 'string', const: REPORT_SCHEMA }, reports: list(report) }),
  };
}
