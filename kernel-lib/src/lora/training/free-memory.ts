// How much memory this process may still take: what the machine has free, or less where a control group (a container) sets a limit.
import { readFileSync } from "node:fs";
import { join } from "node:path";

const numberIn = (path: string): number => {
  try {
    return Number(readFileSync(path, "utf8").trim()); // "max", no limit, is not a number
  } catch {
    return Number.NaN; // no such controller here
  }
};

/** Pages of files that have not been used lately: the kernel gives them up before it refuses memory. */
function reclaimable(path: string): number {
  try {
    return Number(/^(?:total_)?inactive_file (\d+)$/m.exec(readFileSync(path, "utf8"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** What the limit of the control group that is mounted at `root` leaves (version 2, then 1); infinite without a limit. */
export function controlGroupBytes(root = "/sys/fs/cgroup"): number {
  const versions = [
    { folder: root, limit: "memory.max", used: "memory.current" },
    { folder: join(root, "memory"), limit: "memory.limit_in_bytes", used: "memory.usage_in_bytes" },
  ];
  for (const { folder, limit, used } of versions) {
    const left = numberIn(join(folder, limit)) - numberIn(join(folder, used));
    if (Number.isFinite(left)) return Math.max(0, left + reclaimable(join(folder, "memory.stat")));
  }
  return Number.POSITIVE_INFINITY;
}
