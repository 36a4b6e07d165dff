/** A finding as the JSON report and `findings --json` write it: what the tests look at. */
export interface FindingJson {
  readonly id: string;
  readonly rule: string;
  readonly severity: string;
  readonly state: string;
  readonly key: string;
  readonly because: string;
  readonly message: string;
  readonly subject: { readonly kind: string; readonly id: string; readonly email?: string };
  readonly evidence: Readonly<Record<string, unknown>>;
  readonly baseline: boolean;
  readonly firstSeenAt: string;
  readonly lastSeenAt: string;
  readonly resolvedAt: string | null;
  readonly waiver: unknown;
}

/** A rule as the JSON report writes it. */
export interface RuleJson {
  readonly id: string;
  readonly verdict: 'passed' | 'breached' | 'not_evaluated';
  readonly reason?: string;
  readonly reasonKind?: string;
  readonly checked: number | null;
  readonly limits: readonly string[];
  readonly unknown: readonly { readonly subject: string; readonly reason: string }[];
}

/** A report as the JSON form writes it. */
export interface ReportJson {
  readonly run: RunJson & {
    readonly narrowed: boolean;
    readonly failure: { readonly kind: string; readonly text: string } | null;
  };
  readonly summary: {
    readonly rules: Readonly<Record<'passed' | 'breached' | 'notEvaluated' | 'disabled', number>>;
    readonly findings: Readonly<
      Record<'new' | 'persisting' | 'resolved' | 'closed' | 'unverified' | 'withdrawn' | 'waived', number>
    >;
    readonly bySeverity: Readonly<Record<'critical' | 'high' | 'medium' | 'low', number>>;
  };
  readonly rules: readonly RuleJson[];
  readonly findings: readonly FindingJson[];
  readonly disabled: readonly { readonly id: string; readonly reason: string; readonly until: string | null }[];
  readonly brokenRules: readonly { readonly file: string; readonly reason: string; readonly reasonKind: string }[];
  readonly sections: readonly { readonly name: string; readonly items: number | null; readonly complete: boolean }[];
  readonly yardstickChanges: readonly { readonly what: string; readonly from: string; readonly to: string }[];
  readonly baseline: boolean;
}

/** A run as `runs --json` writes it. */
export interface RunJson {
  readonly id: string;
  readonly audit: string;
  readonly group: string;
  readonly status: 'running' | 'complete' | 'partial' | 'failed';
  readonly trigger: string;
  readonly slot: string | null;
  readonly startedAt: string;
  readonly finishedAt: string | null;
  readonly dueAt: string | null;
  readonly findings: Readonly<Record<string, number>> | null;
  readonly requests: { readonly planned: number; readonly made: number };
}

/** A delivery as `deliveries --json` writes it. */
export interface DeliveryJson {
  readonly id: string;
  readonly run: string | null;
  readonly channel: string;
  readonly state: string;
  readonly attempts: number;
  readonly nextAttemptAt: string | null;
  readonly lastError: string | null;
  readonly wireId: string;
}

/** The reports of a document: what `run --format json` printed, a report file, or the body of a webhook. */
export function reportsIn(text: string): readonly ReportJson[] {
  const document = JSON.parse(text) as { readonly reports: readonly ReportJson[] };
  return document.reports;
}

/** What `runs --json` printed. */
export function runsIn(stdout: string): readonly RunJson[] {
  return JSON.parse(stdout) as readonly RunJson[];
}

/** What `findings --json` printed. */
export function findingsIn(stdout: string): readonly FindingJson[] {
  return JSON.parse(stdout) as readonly FindingJson[];
}

/** What `deliveries --json` printed. */
export function deliveriesIn(stdout: string): readonly DeliveryJson[] {
  return JSON.parse(stdout) as readonly DeliveryJson[];
}

/** The only report that was printed. */
export function reportIn(stdout: string): ReportJson {
  const [report, ...others] = reportsIn(stdout);
  if (report === undefined || others.length > 0) throw new Error(`${others.length} reports more than the expected one`);
  return report;
}

/** A rule of a report. */
export function ruleOf(report: ReportJson, id: string): RuleJson {
  const rule = report.rules.find((each) => each.id === id);
  if (rule === undefined) throw new Error(`the report has no rule ${id}`);
  return rule;
}

/** Subjects of a rule's findings that are open, sorted. */
export function openSubjects(report: ReportJson, rule: string): readonly string[] {
  return report.findings
    .filter((finding) => finding.rule === rule && ['new', 'persisting', 'unverified'].includes(finding.state))
    .map(({ subject }) => subject.id)
    .sort();
}
