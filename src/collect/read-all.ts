import { ApiError } from '../virustotal/api-error.ts';
import type { Pages } from '../virustotal/audit-client.ts';

/** All items of a list. @throws ApiError when the list cannot be read to its end. */
export async function readAll<T>(read: () => Pages<T>): Promise<readonly T[]> {
  return await readAgainIfIncomplete(async () => {
    const all: T[] = [];
    for await (const { items } of read()) all.push(...items);
    return all;
  });
}

/**
 * A list that does not add up is read once more: somebody may have joined or left between two of its pages.
 * @throws ApiError
 */
export async function readAgainIfIncomplete<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof ApiError) || error.kind !== 'incomplete') throw error;
    return await read();
  }
}
