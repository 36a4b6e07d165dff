import type { Pages } from '../virustotal/audit-client.ts';

/** All items of a list. @throws ApiError when the list cannot be read to its end. */
export async function readAll<T>(pages: Pages<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const { items } of pages) all.push(...items);
  return all;
}
