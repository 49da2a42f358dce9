// Works through a list, several at a time, starting them in order. The first failure stops the starting of new ones; it is thrown
// once those under way have ended, so that nothing is still writing when the caller closes its files.

export async function inParallel<T>(items: readonly T[], concurrency: number, work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  let failed = false;
  const worker = async (): Promise<void> => {
    while (!failed && next < items.length) {
      try {
        await work(items[next++]!);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: Math.min(Math.max(1, concurrency), items.length) }, worker));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
}
