import type { App } from '../app.ts';
import { dayIn } from '../config/time-zone.ts';
import { addWaivers, formatWaivers } from '../config/waiver-file.ts';
import type { WrittenWaiver } from '../config/waiver-schema.ts';
import type { WaiverInput } from '../config/waivers.ts';
import { type Finding, isOpen } from '../model/finding.ts';
import type { Day } from '../model/instant.ts';
import { didYouMean } from '../model/near-miss.ts';
import { severityRank } from '../model/severity.ts';
import { isWaived } from '../model/summary.ts';
import { UsageError } from './complaint.ts';
import { isShownByName } from './personal-use.ts';
import { noSuchRule } from './rule-set.ts';

/** What a person accepts, why, and until when. */
export interface Acceptance {
  readonly reason: string;
  readonly approvedBy: string;
  readonly until: Day;
  readonly ticket: string | null;
}

/** One rule and subject, perhaps narrowed further. */
export interface WaiverTarget {
  readonly rule: string;
  readonly subject: string;
  readonly group: string | null;
  readonly key: string | null;
}

/**
 * The entry for one rule and subject. It records the severity of the worst open finding that it covers, so that one that gets worse breaks
 * through.
 * @throws UsageError when there is no such rule or group.
 */
export function waiverFor(app: App, target: WaiverTarget, acceptance: Acceptance): WrittenWaiver {
  const { config, rules } = app;
  if (!rules.requirements.has(target.rule))
    throw new UsageError(noSuchRule(target.rule, [...rules.requirements.keys()]));
  if (target.group !== null && !config.groups.some(({ id }) => id === target.group))
    throw new UsageError(
      `there is no group "${target.group}"${didYouMean(
        target.group,
        config.groups.map(({ id }) => id),
      )}`,
    );
  const covered = openFindings(app).filter((finding) => isMeant(finding, target));
  return toEntry(app, target, acceptance, covered);
}

/** One entry a finding for everything that is open and not waived, in the order of findings; never a pattern. */
export function waiversForOpen(
  app: App,
  only: { readonly rules: readonly string[]; readonly groups: readonly string[] },
  acceptance: Acceptance,
): readonly WrittenWaiver[] {
  const hasSeveral = app.config.groups.length > 1;
  // Where personal use names nobody, a list of entries must not name the members either.
  return openFindings(app)
    .filter((finding) => isShownByName(app, finding))
    .filter(({ rule }) => only.rules.length === 0 || only.rules.includes(rule))
    .filter(({ group }) => only.groups.length === 0 || only.groups.includes(group))
    .filter((finding) => !isWaived(finding))
    .map((finding) => {
      const { rule, group, subject, key } = finding;
      const target = { rule, subject: subject.id, group: hasSeveral ? group : null, key: key === '' ? null : key };
      return toEntry(app, target, acceptance, [finding]);
    });
}

/**
 * Writes entries into the waiver file, all or none.
 * @throws UsageError when there is no such file, it cannot be written, or an entry would not count; the message has the entries to commit by hand.
 */
export async function writeWaivers(app: App, entries: readonly WrittenWaiver[]): Promise<string> {
  const { waivers } = app.config;
  const byHand = `\n\n${formatWaivers(entries)}`;
  if (waivers === null)
    throw new UsageError(
      `the configuration names no waiver file; add "waivers: ./waivers.yaml" to it, and this to that file:${byHand}`,
    );
  const written = await addWaivers(entries, waiverInput(app, app.clock.now()));
  if (!written.ok)
    throw new UsageError(`nothing was written to ${waivers}: ${written.why}. The entry was to be:${byHand}`);
  return written.file;
}

/** What the entries of the waiver file are read with. */
export function waiverInput({ config }: App, at: Date): WaiverInput {
  const { waivers, report, maxWaiverDays, approvers } = config;
  return { file: waivers ?? 'waivers.yaml', timezone: report.timezone, at, maxWaiverDays, approvers };
}

/** Entries as they stand in a waiver file, to be committed by hand. */
export function toWaiverText(entries: readonly WrittenWaiver[]): string {
  return formatWaivers(entries);
}

function toEntry(
  { config, clock }: App,
  { rule, subject, group, key }: WaiverTarget,
  { reason, approvedBy, until, ticket }: Acceptance,
  covered: readonly Finding[],
): WrittenWaiver {
  const worst = covered.toSorted((a, b) => severityRank(b.severity) - severityRank(a.severity))[0];
  return {
    rule,
    ...(group === null ? {} : { group }),
    subject,
    ...(key === null ? {} : { key }),
    reason,
    approvedBy,
    approvedOn: dayIn(clock.now(), config.report.timezone),
    ...(worst === undefined ? {} : { severity: worst.severity }),
    expires: until,
    ...(ticket === null ? {} : { ticket }),
  };
}

/** Of the configured groups. */
export function openFindings({ store, config }: App): readonly Finding[] {
  return config.groups.flatMap(({ id }) => store.findings(id)).filter(({ state }) => isOpen(state));
}

/** Whether a waiver of this rule and subject would be about a finding. */
export function isMeant(finding: Finding, { rule, subject, group, key }: WaiverTarget): boolean {
  return (
    finding.rule === rule &&
    isNamed(finding, subject) &&
    (group === null || finding.group === group) &&
    (key === null || finding.key === key)
  );
}

/** Whether somebody calls the subject of a finding so. */
export function isNamed({ subject }: Finding, name: string): boolean {
  return [subject.id, subject.email].some((each) => each?.toLowerCase() === name.toLowerCase());
}
