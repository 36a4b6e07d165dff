import type { App } from '../app.ts';
import { dayIn } from '../config/time-zone.ts';
import { formatWaivers } from '../config/waiver-file.ts';
import type { WrittenWaiver } from '../config/waiver-schema.ts';
import { parseWaivers } from '../config/waivers.ts';
import { didYouMean } from '../model/near-miss.ts';
import { severityRank } from '../model/severity.ts';
import type { Waiver } from '../model/waiver.ts';
import { UsageError } from './complaint.ts';
import { isMeant, isNamed, openFindings, type WaiverTarget, waiverInput } from './waive.ts';
import { readWaiverFile } from './waivers-in-force.ts';

/** What somebody should know who waives something that nothing open is about; null: it is about something. */
export function nothingOpen(app: App, target: WaiverTarget): string | null {
  const open = openFindings(app).filter(({ rule }) => rule === target.rule);
  if (open.some((finding) => isMeant(finding, target))) return null;
  if (app.config.groups.every(({ id }) => app.store.lastRun(id) === null))
    return 'no audit has run yet, so that nothing shows whether the subject is written as findings name it';
  const names = open.flatMap(({ subject }) => [subject.id, ...(subject.email === undefined ? [] : [subject.email])]);
  const subjects = `${target.subject}${target.key === null ? '' : ` (${target.key})`}`;
  return `no open finding of ${target.rule} is about ${subjects}${didYouMean(target.subject, names)}; \`vt-auditor findings\` lists those that there are`;
}

/**
 * Refuses what could never count: entries whose day is over, that last too long, that nobody may approve, or that say again what is
 * waived already.
 * @throws UsageError that says why.
 */
export async function refuseUseless(app: App, entries: readonly WrittenWaiver[]): Promise<void> {
  const at = app.clock.now();
  const { waivers, bad } = parseWaivers(formatWaivers(entries), waiverInput(app, at));
  const [problem] = bad;
  if (problem !== undefined) throw new UsageError(problem.problem.replace(/^\[\d+\]\.?/u, ''));
  const over = waivers.find(({ endsAt }) => Date.parse(endsAt) <= at.getTime());
  if (over !== undefined)
    throw new UsageError(
      `--until ${over.expires} is over; today is ${dayIn(at, app.config.report.timezone)} in ${app.config.report.timezone}`,
    );
  const approver = openFindings(app).find((finding) =>
    entries.some((entry) => isMeant(finding, targetOf(entry)) && isNamed(finding, entry.approvedBy)),
  );
  if (approver !== undefined) throw new UsageError('nobody approves a waiver for himself');
  const there = (await readWaiverFile(app, at))?.waivers ?? [];
  const same = entries
    .map((entry) => there.find((waiver) => saysAsMuch(waiver, entry)))
    .find((one) => one !== undefined);
  if (same !== undefined)
    throw new UsageError(
      `${same.rule} is waived for ${same.subject} until ${same.expires} already, approved by ${same.approvedBy}; nothing is to be added`,
    );
}

function targetOf({ rule, subject, group, key }: WrittenWaiver): WaiverTarget {
  return { rule, subject, group: group ?? null, key: key ?? null };
}

/** Whether a waiver covers at least what an entry would, for as long and as bad as it is now. */
function saysAsMuch(waiver: Waiver, entry: WrittenWaiver): boolean {
  const { rule, subject, group, key } = targetOf(entry);
  const isWorse =
    entry.severity !== undefined &&
    waiver.severity !== undefined &&
    waiver.severity !== null &&
    severityRank(entry.severity) > severityRank(waiver.severity);
  return (
    waiver.rule === rule &&
    waiver.subject.toLowerCase() === subject.toLowerCase() &&
    (waiver.group === null || waiver.group === group) &&
    (waiver.key === null || waiver.key === key) &&
    waiver.expires >= entry.expires &&
    !isWorse
  );
}
