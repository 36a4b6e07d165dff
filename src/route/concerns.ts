import { type Finding, isOpen } from '../model/finding.ts';
import type { Report } from '../model/report.ts';
import type { SendSettings } from '../model/settings.ts';
import { isAtLeast } from '../model/severity.ts';
import type { Told } from '../model/told.ts';

/** Findings of this reader's rules, domains and severity, and what the reader was told before: its course and its end. */
export function concerns(
  finding: Finding,
  send: SendSettings,
  { told, report }: { readonly told: Told | undefined; readonly report: Report },
): boolean {
  const wasTold = told?.state === 'open';
  if (!isOpen(finding.state) && hearsOfOpenings(send)) return wasTold;
  if (wasTold) return !isOfOthers(finding, send);
  return (
    isAtLeast(finding.severity, send.minSeverity) && isOfRules(finding, send, report) && isOfDomains(finding, send)
  );
}

/** Whether the reader's states let any opening through. One who hears only of endings was told of no opening, and hears of every end. */
export function hearsOfOpenings({ states }: SendSettings): boolean {
  return states === null || states.some((state) => isOpen(state));
}

/** Whether the reader wants findings in this state, as the reader sees it. */
export function wantsState(finding: Finding, { states }: SendSettings): boolean {
  return states === null || states.includes(finding.state);
}

function isOfRules({ rule }: Finding, { rules }: SendSettings, report: Report): boolean {
  if (rules === null) return true;
  const tags = report.rules.find(({ requirement }) => requirement.id === rule)?.requirement.tags ?? [];
  return rules.some(
    (pattern) =>
      pattern === '*' ||
      pattern === rule ||
      (pattern.startsWith('tag:') && tags.includes(pattern.slice('tag:'.length))),
  );
}

function isOfDomains(finding: Finding, send: SendSettings): boolean {
  return send.domains === null || (domainOf(finding) !== undefined && !isOfOthers(finding, send));
}

/** Whether the account is known to be of other domains: the reader's may have been others when it was told. */
function isOfOthers(finding: Finding, { domains }: SendSettings): boolean {
  const domain = domainOf(finding);
  return domains !== null && domain !== undefined && !domains.some((wanted) => matches(domain, wanted));
}

function domainOf({ subject }: Finding): string | undefined {
  return subject.email?.toLowerCase().split('@').at(-1);
}

function matches(domain: string, wanted: string): boolean {
  return wanted.startsWith('*.') ? domain.endsWith(wanted.slice(1)) : domain === wanted;
}
