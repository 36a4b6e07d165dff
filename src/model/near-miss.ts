/** The candidate that was probably meant, or null when none is near: letter case and separators count for nothing. */
export function nearMiss(written: string, candidates: readonly string[]): string | null {
  const wanted = simplify(written);
  const allowed = Math.min(3, Math.max(1, Math.floor(wanted.length / 3)));
  let best: { readonly candidate: string; readonly distance: number } | null = null;
  for (const candidate of candidates) {
    const distance = editDistance(wanted, simplify(candidate), allowed);
    if (distance <= allowed && (best === null || distance < best.distance)) {
      best = { candidate, distance };
    }
  }
  return best?.candidate ?? null;
}

/** The hint that follows a complaint: `; did you mean "timezone"?`, or nothing. */
export function didYouMean(written: string, candidates: readonly string[]): string {
  const candidate = nearMiss(written, candidates);
  return candidate === null ? '' : `; did you mean "${candidate}"?`;
}

function simplify(text: string): string {
  return text
    .slice(0, 100)
    .toLowerCase()
    .replaceAll(/[\s_-]/gu, '');
}

/** Insertions, deletions, replacements and swaps of neighbours that turn one text into the other. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) {
    return limit + 1;
  }
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = at(last, j - 1) + Number(a[i - 1] !== b[j - 1]);
      let distance = Math.min(at(last, j) + 1, at(row, j - 1) + 1, replaced);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        distance = Math.min(distance, at(beforeLast, j - 2) + 1);
      }
      row.push(distance);
    }
    beforeLast = last;
    last = row;
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
