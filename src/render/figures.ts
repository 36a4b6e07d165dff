const WHOLE = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 });
const DECIMAL = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 2 });

/** `14,812`; at most two decimals. */
export function formatNumber(value: number): string {
  return (Number.isInteger(value) ? WHOLE : DECIMAL).format(value);
}

/** `1 rule`, `3 rules`. `many` where an `s` does not do. */
export function formatCount(count: number, one: string, many = `${one}s`): string {
  return `${formatNumber(count)} ${count === 1 ? one : many}`;
}

/** `87 %`: rounded down, so that 100 is only said of what is used up. Null where nothing is allowed. */
export function formatPercent(part: number, whole: number): string | null {
  if (part > 0 && part / whole < 0.01) return '<1 %';
  return whole > 0 ? `${formatNumber(Math.floor((part / whole) * 100))} %` : null;
}

/** `a`, `a and b`, `a, b and c`. */
export function formatList(items: readonly string[]): string {
  const last = items.at(-1) ?? '';
  return items.length < 2 ? last : `${items.slice(0, -1).join(', ')} and ${last}`;
}

const PERIODS: Readonly<Record<string, string>> = { hourly: 'an hour', daily: 'a day', monthly: 'a month' };

/** `api_requests_daily` → `API requests a day`. */
export function formatQuotaName(name: string): string {
  const words = name.split('_').map((word) => (word === 'api' ? 'API' : (PERIODS[word] ?? word)));
  const text = words.join(' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}
