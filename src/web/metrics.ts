import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { FindingState } from '../model/finding.ts';
import type { Instant } from '../model/instant.ts';
import type { DeliveryState } from '../model/message.ts';
import type { RunStatus } from '../model/run.ts';
import { SEVERITIES, type Severity } from '../model/severity.ts';

/** What is asked at every scrape. Labels name audits, channels and rules, which the configuration has few of; never an account. */
export interface MetricsSource {
  readonly now: Date;
  /** Names of all audits, and ids of all rules in force: what was not counted yet is shown as 0. */
  readonly audits: readonly string[];
  readonly rules: readonly string[];
  readonly nextRuns: readonly { readonly audit: string; readonly at: Instant }[];
  /** The oldest over an audit's groups: it is as healthy as the worst. */
  readonly lastComplete: readonly { readonly audit: string; readonly at: Instant }[];
  readonly deliveries: readonly {
    readonly channel: string;
    /** The kind of channel; `unknown` when it is not configured any more. */
    readonly type: string;
    readonly state: DeliveryState;
    readonly count: number;
    readonly oldest: Instant;
  }[];
  readonly channels: readonly { readonly channel: string; readonly type: string; readonly isHeld: boolean }[];
  readonly reloadOk: boolean;
  /** Answers of the API since the process began, by the class of the status; `none`: no whole answer came. */
  readonly answers: ReadonlyMap<string, number>;
  /** How many requests could leave now; null: none was sent yet. */
  readonly room: number | null;
}

/** What a run adds. */
export interface FinishedRun {
  readonly audit: string;
  readonly group: string;
  readonly status: RunStatus;
  readonly seconds: number;
  readonly findings: readonly { readonly severity: Severity; readonly state: FindingState | 'waived' }[];
  /** Ids of rules that failed or took too long. */
  readonly failedRules: readonly string[];
}

/** The numbers of a daemon, in the text format of Prometheus. */
export interface Metrics {
  readonly contentType: string;
  text(): Promise<string>;
  runFinished(run: FinishedRun): void;
  /** Shows what an earlier process found last, without counting its run again. */
  runKnown(run: Pick<FinishedRun, 'audit' | 'group' | 'findings'>): void;
  slotsMissed(audit: string, count: number): void;
}

const STATES = ['new', 'persisting', 'unverified', 'waived'] as const;
const SOURCE = 'virustotal';
const RESULTS = ['complete', 'partial', 'failed'] as const;
const ENDS = ['delivered', 'failed', 'superseded'] as const;
const CODE_CLASSES = ['2xx', '3xx', '4xx', '5xx', 'none'] as const;
const RUN_SECONDS = [1, 5, 15, 30, 60, 120, 300, 600, 1800];

function seconds(at: Instant): number {
  return Date.parse(at) / 1000;
}

/** Creates the metrics of one daemon. */
export function createMetrics(version: string, source: () => MetricsSource): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const latest = new Map<string, Pick<FinishedRun, 'audit' | 'findings'>>();

  // A monitor takes the growth of a number between two looks: one that first shows up as 1 has not grown.
  const counted = <Label extends string>(
    { name, help, labelNames }: { readonly name: string; readonly help: string; readonly labelNames: readonly Label[] },
    known: () => readonly Record<Label, string>[],
  ): Counter<Label> =>
    new Counter({
      name,
      help,
      labelNames: [...labelNames],
      registers,
      collect() {
        for (const labels of known()) this.inc(labels, 0);
      },
    });
  const runs = counted({ name: 'audit_runs_total', help: 'Runs that ended.', labelNames: ['report', 'result'] }, () =>
    source().audits.flatMap((report) => RESULTS.map((result) => ({ report, result }))),
  );
  const duration = new Histogram({
    name: 'audit_run_duration_seconds',
    help: 'How long runs took.',
    labelNames: ['report'],
    buckets: RUN_SECONDS,
    registers,
  });
  const ruleErrors = counted(
    { name: 'audit_rule_errors_total', help: 'Rules that failed or took too long.', labelNames: ['rule'] },
    () => source().rules.map((rule) => ({ rule })),
  );
  const missed = counted(
    { name: 'audit_missed_slots_total', help: 'Due times that no run of their own began at.', labelNames: ['report'] },
    () => source().audits.map((report) => ({ report })),
  );
  const info = new Gauge({
    name: 'audit_build_info',
    help: 'Always 1.',
    labelNames: ['version', 'node', 'tzdata'],
    registers,
  });
  info.set({ version, node: process.versions.node, tzdata: process.versions['tz'] ?? 'unknown' }, 1);

  const gauge = (name: string, help: string, labelNames: readonly string[], collect: (gauge: Gauge) => void): void => {
    registry.registerMetric(
      new Gauge({
        name,
        help,
        labelNames: [...labelNames],
        registers: [],
        collect() {
          this.reset();
          collect(this);
        },
      }),
    );
  };
  gauge(
    'audit_last_success_timestamp_seconds',
    'When the audit was last complete, for all its groups.',
    ['report'],
    (metric) => {
      for (const { audit, at } of source().lastComplete) metric.set({ report: audit }, seconds(at));
    },
  );
  gauge('audit_next_run_timestamp_seconds', 'When the audit is due next.', ['report'], (metric) => {
    for (const { audit, at } of source().nextRuns) metric.set({ report: audit }, seconds(at));
  });
  gauge('audit_findings', 'Open findings after the last run.', ['report', 'severity', 'status'], (metric) => {
    for (const { audit, findings } of latest.values()) {
      for (const severity of SEVERITIES)
        for (const status of STATES)
          metric.inc(
            { report: audit, severity, status },
            findings.filter((finding) => finding.severity === severity && finding.state === status).length,
          );
    }
  });
  gauge('audit_outbox_pending', 'Messages that are still being tried.', ['channel'], (metric) => {
    for (const { channel, state, count } of source().deliveries)
      metric.inc({ channel }, state === 'pending' ? count : 0);
  });
  gauge(
    'audit_channel_held',
    'Whether new messages of the channel wait, because it took none of the last ones or is gone.',
    ['channel'],
    (metric) => {
      for (const { channel, isHeld } of source().channels) metric.set({ channel }, isHeld ? 1 : 0);
    },
  );
  gauge(
    'audit_outbox_oldest_seconds',
    'Age of the oldest message that is still being tried; 0: none is.',
    [],
    (metric) => {
      const { now, deliveries } = source();
      const ages = deliveries
        .filter(({ state }) => state === 'pending')
        .map(({ oldest }) => Math.max(0, now.getTime() / 1000 - seconds(oldest)));
      metric.set(Math.max(0, ...ages));
    },
  );
  gauge(
    'audit_config_last_reload_successful',
    'Whether the configuration on disk is the one in force.',
    [],
    (metric) => {
      metric.set(source().reloadOk ? 1 : 0);
    },
  );
  gauge(
    'audit_source_rate_limit_remaining',
    'How many requests the pace of this program allows now, for the group that has the least room.',
    ['source'],
    (metric) => {
      const { room } = source();
      if (room !== null) metric.set({ source: SOURCE }, room);
    },
  );
  const counter = (name: string, help: string, labelNames: readonly string[], collect: (counter: Counter) => void) => {
    registry.registerMetric(
      new Counter({
        name,
        help,
        labelNames: [...labelNames],
        registers: [],
        collect() {
          this.reset();
          collect(this);
        },
      }),
    );
  };
  const ended = countRises(source().deliveries);
  counter(
    'audit_deliveries_total',
    'Messages by how they ended, since this process began.',
    ['channel', 'type', 'result'],
    (metric) => {
      const { channels, deliveries } = source();
      for (const { channel, type } of channels) for (const result of ENDS) metric.inc({ channel, type, result }, 0);
      for (const { channel, type, state, total } of ended(deliveries))
        if (state !== 'pending') metric.inc({ channel, type, result: state }, total);
    },
  );
  counter(
    'audit_source_requests_total',
    'Requests sent to the API by the class of the answer; none: no whole answer came.',
    ['source', 'code_class'],
    (metric) => {
      for (const name of CODE_CLASSES) metric.inc({ source: SOURCE, code_class: name }, 0);
      for (const [name, count] of source().answers) metric.inc({ source: SOURCE, code_class: name }, count);
    },
  );

  const runKnown: Metrics['runKnown'] = ({ audit, group, findings }) =>
    void latest.set(JSON.stringify([audit, group]), { audit, findings });
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    runKnown,
    runFinished(run) {
      runs.inc({ report: run.audit, result: run.status });
      duration.observe({ report: run.audit }, run.seconds);
      for (const rule of run.failedRules) ruleErrors.inc({ rule });
      runKnown(run);
    },
    slotsMissed: (audit, count) => missed.inc({ report: audit }, count),
  };
}

type Counted = MetricsSource['deliveries'][number];

/**
 * By how much each count has risen since the first look, however often it fell in between: a message that was given up and is tried again
 * by hand is given up no more, and a number that falls is taken for one that began anew.
 */
function countRises(first: readonly Counted[]): (now: readonly Counted[]) => readonly (Counted & { total: number })[] {
  const keyOf = ({ channel, state }: Counted): string => JSON.stringify([channel, state]);
  const last = new Map(first.map((each) => [keyOf(each), { count: each.count, total: 0 }]));
  return (now) => {
    const counts = new Map(now.map((each) => [keyOf(each), each]));
    for (const [key, known] of last) known.count = Math.min(known.count, counts.get(key)?.count ?? 0);
    return now.map((each) => {
      const known = last.get(keyOf(each)) ?? { count: 0, total: 0 };
      known.total += each.count - known.count;
      known.count = each.count;
      last.set(keyOf(each), known);
      return { ...each, total: known.total };
    });
  };
}
