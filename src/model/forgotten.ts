/** What stands where something has to stand in the place of an account that was forgotten. */
const FORGOTTEN = '[forgotten]';

/** The names under which an account is known, in lower case: its id, and addresses that stand beside it. */
export type AccountNames = ReadonlySet<string>;

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isName(value: unknown, names: AccountNames): boolean {
  return typeof value === 'string' && names.has(value.toLowerCase());
}

/** Whether a list's item is the account or tells of it alone. */
function isOfAccount(item: unknown, names: AccountNames): boolean {
  return isName(item, names) || (isRecord(item) && isName(item['id'], names));
}

/**
 * A copy of plain data without an account: items of lists that are it, and values under its name, go; where its name stands beside
 * something else (who did what), the name goes. What never named it is returned as it is, the same object.
 */
export function withoutAccount(value: unknown, names: AccountNames): unknown {
  if (isName(value, names)) return FORGOTTEN;
  if (Array.isArray(value)) return listWithout(value, names);
  return isRecord(value) ? recordWithout(value, names) : value;
}

function listWithout(items: readonly unknown[], names: AccountNames): readonly unknown[] {
  const kept = items.filter((item) => !isOfAccount(item, names)).map((item) => withoutAccount(item, names));
  const isSame = kept.length === items.length && kept.every((item, index) => item === items[index]);
  return isSame ? items : kept;
}

function recordWithout(record: Readonly<Record<string, unknown>>, names: AccountNames): unknown {
  const entries = Object.entries(record);
  const kept = entries
    .filter(([key]) => !isName(key, names))
    .map(([key, item]): readonly [string, unknown] => [key, withoutAccount(item, names)]);
  const isSame = kept.length === entries.length && kept.every(([key, item]) => item === record[key]);
  return isSame ? record : Object.fromEntries(kept);
}

/** Addresses that plain data shows beside an account's id. */
export function addressesOf(value: unknown, id: string): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item: unknown) => addressesOf(item, id));
  if (!isRecord(value)) return [];
  const inner = Object.values(value).flatMap((item) => addressesOf(item, id));
  const email: unknown = isRecord(value['email']) ? value['email']['value'] : value['email'];
  const isIt = isName(value['id'], new Set([id.toLowerCase()]));
  return isIt && typeof email === 'string' ? [...inner, email] : inner;
}
