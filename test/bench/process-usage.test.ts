import { spawn } from "node:child_process";
import { describe, expect, it } from "vitest";
import {
  parseMachineStat,
  parseProcessStat,
  parseProcessStatus,
  readCounters,
  readMemory,
  resetPeak,
  usageBetween,
} from "../../kernel-lib/src/bench/process-usage.js";

describe("what /proc says", () => {
  it("is read past a program's name with blanks and brackets", () => {
    const stat = `4242 (node (a) b) S ${Array.from({ length: 40 }, (_, i) => 100 + i).join(" ")}`;
    expect(parseProcessStat(stat)).toEqual({ minorFaults: 106, majorFaults: 108, userSeconds: 1.1, systemSeconds: 1.11 });
  });

  it("counts a machine's busy time without idling and waiting", () => {
    expect(parseMachineStat("cpu  100 20 3 9999 888 40 5 7 0 0\ncpu0 1 1 1 1\n")).toBeCloseTo(1.68);
  });

  it("gives memory in bytes", () => {
    expect(parseProcessStatus("Name:\tnode\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\n")).toEqual({
      residentBytes: 1024 ** 2,
      peakBytes: 2 * 1024 ** 2,
    });
  });
});

describe("usage", () => {
  const before = { userSeconds: 10, systemSeconds: 1, minorFaults: 5, majorFaults: 0, machineSeconds: 100 };

  it("is foreign where it is not the process's own", () => {
    const after = { userSeconds: 13, systemSeconds: 2, minorFaults: 25, majorFaults: 1, machineSeconds: 106.5 };
    expect(usageBetween(before, after, 2)).toEqual({
      ...{ wallSeconds: 2, userSeconds: 3, systemSeconds: 1, minorFaults: 20, majorFaults: 1, foreignSeconds: 2.5 },
    });
  });

  it("is never negative where the two clocks tick apart", () => {
    expect(usageBetween(before, { ...before, userSeconds: 11, machineSeconds: 100.99 }, 1).foreignSeconds).toBe(0);
  });
});

describe.skipIf(process.platform !== "linux")("this process (skipped where there is no /proc)", () => {
  it("has counters that grow", () => {
    const before = readCounters(process.pid)!;
    const block = Buffer.alloc(64 << 20, 1); // 64 MiB that are touched
    const after = readCounters(process.pid)!;
    expect(block[1]).toBe(1);
    expect(after.minorFaults).toBeGreaterThan(before.minorFaults);
    expect(after.machineSeconds).toBeGreaterThanOrEqual(before.machineSeconds);
  });

  it("starts another one whose peak of memory can be set back to what it holds", async () => {
    const allocateAndFree =
      "let x = Buffer.alloc(256 << 20, 1); x = null; gc(); console.log('freed'); setInterval(() => {}, 1e3)";
    const child = spawn(process.execPath, ["--expose-gc", "-e", allocateAndFree], { stdio: ["ignore", "pipe", "ignore"] });
    try {
      await new Promise((resolve) => child.stdout.once("data", resolve));
      const before = readMemory(child.pid!)!;
      expect(before.peakBytes - before.residentBytes).toBeGreaterThan(200 << 20);
      expect(resetPeak(child.pid!)).toBe(true);
      expect(readMemory(child.pid!)!.peakBytes).toBeLessThan(before.peakBytes - (200 << 20));
    } finally {
      child.kill();
    }
  });

  it("of a number that no process has says nothing", () => {
    expect(readCounters(2 ** 30)).toBeUndefined();
    expect(readMemory(2 ** 30)).toBeUndefined();
  });
});
