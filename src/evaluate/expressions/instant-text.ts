/** Whether a text says when: an instant such as 2026-11-22T10:00:00Z, or a day, 2026-11-22, which stands for its beginning in UTC. */
export function isInstantText(value: unknown): value is string {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\d(T[\d:.]+Z)?$/.test(value)) return false;
  const time = Date.parse(value);
  // The 30th of February is read as the 2nd of March.
  return !Number.isNaN(time) && new Date(time).toISOString().slice(0, 10) === value.slice(0, 10);
}
