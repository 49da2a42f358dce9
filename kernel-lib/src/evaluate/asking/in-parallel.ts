// Works through a list, several at a time, starting them in order. A stop or the first failure ends the starting of new ones; what is under
// way comes to its end first, so that nothing is still writing when the caller closes its files.

export async function inParallel<T>(
  items: readonly T[],
  options: { concurrency: number; isStopped: () => boolean; onFailure: () => void },
  work: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  let failed = false;
  const worker = async (): Promise<void> => {
    while (!failed && !options.isStopped() && next < items.length) {
      try {
        await work(items[next++]!);
      } catch (error) {
        if (!failed) options.onFailure();
        failed = true;
        throw error;
      }
    }
  };
  const size = Math.min(Math.max(1, options.concurrency), items.length);
  const ends = await Promise.allSettled(Array.from({ length: size }, worker));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
}
