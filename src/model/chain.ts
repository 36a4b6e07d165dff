import { digestOf } from './finding.ts';
import type { Report } from './report.ts';
import type { Digests } from './run.ts';

/** What the database holds of a committed run that its digests are about. */
export interface ChainLink {
  readonly run: string;
  readonly startedAt: string;
  readonly digests: Digests;
  /** Null: the report is gone. */
  readonly report: Report | null;
  /** Name and digest of each section, in the order in which they were stored. */
  readonly sections: readonly (readonly [string, string])[];
}

/** A place where what is stored is not what was committed. */
export interface ChainFault {
  readonly run: string;
  readonly problem: string;
}

/** SHA-256 of a value's JSON, in hex: the order of keys counts, and is the one in which the value was made. */
export function digestJson(value: unknown): string {
  return digestOf(JSON.stringify(value));
}

/** The digest of a report, which was taken before its own digests stood in it. */
export function digestReport(report: Report): string {
  return digestJson({ ...report, digests: null });
}

/** Walks the runs of one group, oldest first: each must be what its digests say, and must name the one before it. */
export function verifyChain(links: readonly ChainLink[]): readonly ChainFault[] {
  return links.flatMap((link, index) => {
    const before = links[index - 1];
    const problems = [
      ...faultOfReport(link),
      ...(digestJson(link.sections) === link.digests.sections
        ? []
        : ['its list of sections is not the one that it read']),
      ...faultOfPrevious(link, before),
    ];
    return problems.map((problem): ChainFault => ({ run: link.run, problem }));
  });
}

function faultOfReport({ report, digests }: ChainLink): readonly string[] {
  if (report === null) return ['its report is gone'];
  return digestReport(report) === digests.report ? [] : ['its report was changed after it was committed'];
}

function faultOfPrevious({ digests }: ChainLink, before: ChainLink | undefined): readonly string[] {
  if (before === undefined) return digests.previous === null ? [] : ['the run before it is missing'];
  return digests.previous === digestJson(before.digests)
    ? []
    : ['it does not follow the run before it: a run was removed, added or changed'];
}
