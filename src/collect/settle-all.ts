/**
 * The values of all, once all have ended. Unlike `Promise.all` it does not leave the others running when one fails: nothing may be
 * asked of the API after a section is closed.
 * @throws what the first of them, in order, failed with.
 */
export async function settleAll<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(promises);
  return settled.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  });
}
