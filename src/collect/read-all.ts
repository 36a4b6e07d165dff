import { ApiError } from '../virustotal/api-error.ts';
import type { Pages } from '../virustotal/audit-client.ts';

/** All items of a list. @throws ApiError when the list cannot be read to its end. */
export async function readAll<T>(read: () => Pages<T>): Promise<readonly T[]> {
  return await readEach(read, (item) => item);
}

/** What `take` takes of each item of a list, page by page: in a large group the rest would be much. @throws ApiError */
export async function readEach<T, Taken>(read: () => Pages<T>, take: (item: T) => Taken): Promise<readonly Taken[]> {
  return await readAgainIfIncomplete(async () => {
    const all: Taken[] = [];
    for await (const { items } of read()) {
      for (const item of items) all.push(take(item));
    }
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
