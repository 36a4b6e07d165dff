import type { Place, Problem } from '../model/settings.ts';

/** A problem as one line: place, key path, what is wrong. */
export function formatProblem(problem: Problem): string {
  const { place, path, message } = problem;
  const where = place === null ? '' : `${place.file}:${place.line}:${place.column} `;
  return `${where}${path === '' ? '' : `${path}: `}${message}`;
}

/** Problems in the order of the file; those that stand nowhere in it come last. */
export function sortProblems(problems: readonly Problem[]): readonly Problem[] {
  return problems.toSorted(
    (a, b) => comparePlaces(a.place, b.place) || compareText(a.path, b.path) || compareText(a.message, b.message),
  );
}

function comparePlaces(a: Place | null, b: Place | null): number {
  if (a === null || b === null) {
    return Number(a === null) - Number(b === null);
  }
  return a.line - b.line || a.column - b.column;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
