// Works through a list, several at a time, starting them in order. A stop or the first failure ends the starting of new ones; what is under
// way comes to its end first, so that nothing is still writing when the caller closes its files.

/** @throws the first failure in time; those that it brings about in others (requests that no longer wait) are not told. */
export async function inParallel<T>(
  items: readonly T[],
  options: { concurrency: number; isStopped: () => boolean; onFailure: () => void },
  work: (item: T) => Promise<void>,
): Promise<void> {
  const failures: unknown[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (failures.length === 0 && !options.isStopped() && next < items.length) {
      try {
        await work(items[next++]!);
      } catch (error) {
        if (failures.push(error) === 1) options.onFailure();
      }
    }
  };
  const size = Math.min(Math.max(1, options.concurrency), items.length);
  await Promise.all(Array.from({ length: size }, worker));
  if (failures.length > 0) throw failures[0];
}
