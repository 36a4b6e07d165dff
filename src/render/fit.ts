import { formatCount, formatNumber } from './figures.ts';
import type { FindingGroup, FrameworkView, View } from './view-model.ts';

/** Rows of findings that a mail shows before the rest is only counted. */
export const MAIL_ROWS = 35;

/** Rows of one rule that a mail shows while other rules wait. */
const GROUP_ROWS = 8;

interface Fitted {
  readonly groups: readonly FindingGroup[];
  readonly more: string;
}

function fitGroup(group: FindingGroup, limit: number, where: string): FindingGroup {
  const left = group.rows.length - limit;
  if (left <= 0) return group;
  return { ...group, rows: group.rows.slice(0, limit), more: `And ${formatNumber(left)} more, ${where}.` };
}

function fitGroups(groups: readonly FindingGroup[], rows: number, where: string): Fitted {
  const shown: FindingGroup[] = [];
  let free = rows;
  for (const group of groups) {
    const limit = Math.min(free, groups.length === 1 ? rows : GROUP_ROWS);
    // A group without rows (nothing may be named) takes the place of one.
    if (limit < 1) break;
    shown.push(fitGroup(group, limit, where));
    free -= Math.max(1, Math.min(group.rows.length, limit));
  }
  const rest = groups.slice(shown.length);
  const findings = rest.reduce((sum, group) => sum + group.rows.length, 0);
  const requirements = formatCount(rest.length, 'more group');
  const named = findings === 0 ? requirements : `${formatCount(findings, 'more finding')} in ${requirements}`;
  return { groups: shown, more: rest.length === 0 ? '' : `And ${named}, ${where}.` };
}

function cut<T>(
  items: readonly T[],
  limit: number,
  where: string,
): { readonly rows: readonly T[]; readonly more: string } {
  const left = items.length - limit;
  return left <= 0
    ? { rows: items, more: '' }
    : { rows: items.slice(0, limit), more: `And ${formatNumber(left)} more, ${where}.` };
}

function fitFrameworks(
  frameworks: readonly FrameworkView[],
  limit: number,
): { readonly frameworks: readonly FrameworkView[]; readonly more: string } {
  const shown: FrameworkView[] = [];
  let free = limit;
  for (const { framework, controls } of frameworks) {
    if (free > 0) shown.push({ framework, controls: controls.slice(0, free) });
    free -= controls.length;
  }
  return { frameworks: shown, more: free < 0 ? `And ${formatCount(-free, 'more control')}, in the full report.` : '' };
}

/** Whether a view has more rows of findings than fit. */
export function hasMoreFindings(view: View, rows: number): boolean {
  const fitted = fitView(view, rows, '');
  const all = [...fitted.changes.groups, ...fitted.open.groups];
  return [fitted.changes.more, fitted.changes.moreClosed, fitted.open.more, fitted.waived.more]
    .concat(all.map((group) => (group.rows.length === 0 ? '' : group.more)))
    .some((more) => more !== '');
}

/** A view cut to about so many rows of findings, and the other lists in proportion; what is left out is counted, and `where` it is. */
export function fitView(view: View, rows: number, where: string): View {
  const share = Math.min(1, rows / MAIL_ROWS);
  const limit = (count: number) => Math.ceil(count * share);
  const closedRows = Math.min(view.changes.closed.length, limit(10));
  const changes = fitGroups(view.changes.groups, limit(15), where);
  const open = fitGroups(view.open.groups, Math.max(0, rows - closedRows - limit(15)), where);
  const closed = cut(view.changes.closed, limit(10), where);
  const unchecked = cut(view.unchecked.rows, limit(12), where);
  const waived = cut(view.waived.rows, limit(6), where);
  const quotas = cut(view.quotas.rows, limit(10), 'in the full report');
  const requirements = cut(view.requirements.rows, limit(30), 'in the full report');
  const yardstick = cut(view.yardstick.rows, limit(8), 'in the full report');
  return {
    ...view,
    changes: {
      ...view.changes,
      groups: changes.groups,
      more: changes.more,
      closed: closed.rows,
      moreClosed: closed.more,
      ending: view.changes.ending.slice(0, limit(6)),
    },
    open: { ...view.open, groups: open.groups, more: open.more },
    unchecked: { ...view.unchecked, ...unchecked },
    waived: { ...view.waived, ...waived },
    quotas: { ...view.quotas, ...quotas },
    requirements: { ...view.requirements, ...requirements },
    disabled: view.disabled.slice(0, limit(12)),
    coverage: { ...view.coverage, ...fitFrameworks(view.coverage.frameworks, limit(60)) },
    yardstick: { ...view.yardstick, ...yardstick },
    outside: view.outside.slice(0, limit(14)),
    owed: view.owed.slice(0, limit(6)),
    notices: view.notices.slice(0, 8),
  };
}
