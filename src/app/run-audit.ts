import type { AuditOutcome } from '../audit/conclude.ts';
import type { AuditContext, AuditJob } from '../audit/job.ts';
import { audit } from '../audit.ts';

/** Runs a job and logs how it went. */
export async function runAudit(job: AuditJob, context: AuditContext): Promise<readonly AuditOutcome[]> {
  const { log } = context;
  const groupId = job.group.id;
  log.info('audit started', { groupId, audits: job.orders.map((order) => order.audit), trigger: job.trigger });
  const outcomes = await audit(job, context);
  for (const { report, messages } of outcomes) {
    const { run, summary } = report;
    const fields = {
      groupId,
      runId: run.id,
      audit: run.audit,
      status: run.status,
      durationMs: Date.parse(run.finishedAt ?? run.startedAt) - Date.parse(run.startedAt),
      ...run.requests,
      findings: summary.findings,
      messages: messages.length,
    };
    if (run.status === 'complete') log.info('audit finished', fields);
    else log.warn('audit finished with gaps', { ...fields, gaps: gapsOf(report) });
  }
  return outcomes;
}

function gapsOf(report: AuditOutcome['report']): readonly string[] {
  const sections = report.sections.flatMap(({ name, reason }) => (reason === null ? [] : [`${name}: ${reason.text}`]));
  const rules = report.rules.flatMap(({ requirement, reason }) =>
    reason?.kind === 'rule_failed' || reason?.kind === 'timed_out' ? [`${requirement.id}: ${reason.text}`] : [],
  );
  return [
    ...(report.run.failure === null ? [] : [report.run.failure.text]),
    ...sections,
    ...rules,
    ...report.brokenRules.map(({ file, reason }) => `${file}: ${reason.text}`),
  ];
}
