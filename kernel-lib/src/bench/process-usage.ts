// What a process and its machine have used so far, from Linux's /proc: CPU time, page faults, memory. Other systems have no such files:
// every reading is then undefined, and the tables say "not measured".
import { readFileSync, writeFileSync } from "node:fs";

/** Counters since the process (or the machine) started; times in seconds. */
export interface UsageCounters {
  userSeconds: number;
  systemSeconds: number;
  minorFaults: number;
  majorFaults: number;
  /** Busy time of all cores and all processes. */
  machineSeconds: number;
}

/** What one block of steps used. */
export interface Usage extends Omit<UsageCounters, "machineSeconds"> {
  wallSeconds: number;
  /** CPU time of every other process meanwhile. */
  foreignSeconds: number;
}

// USER_HZ, the unit of /proc's times, is 100 on every Linux architecture that Node runs on.
const ticksPerSecond = 100;

function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined; // the system has no /proc, or the process has ended
  }
}

/** The fields after the program's name, which may itself hold blanks and brackets; fields[0] is the state. */
export function parseProcessStat(text: string): Omit<UsageCounters, "machineSeconds"> {
  const fields = text
    .slice(text.lastIndexOf(")") + 2)
    .split(" ")
    .map(Number);
  return {
    minorFaults: fields[7]!,
    majorFaults: fields[9]!,
    userSeconds: fields[11]! / ticksPerSecond,
    systemSeconds: fields[12]! / ticksPerSecond,
  };
}

/** user + nice + system + irq + softirq of the line of all cores, in seconds. */
export function parseMachineStat(text: string): number {
  const [user, nice, system, , , irq, softirq] = text.split("\n")[0]!.trim().split(/\s+/).slice(1).map(Number);
  return (user! + nice! + system! + irq! + softirq!) / ticksPerSecond;
}

export function readCounters(pid: number): UsageCounters | undefined {
  const own = readProc(`/proc/${pid}/stat`);
  const machine = readProc("/proc/stat");
  return own && machine ? { ...parseProcessStat(own), machineSeconds: parseMachineStat(machine) } : undefined;
}

/** What lies between two readings. The two files tick in hundredths at different moments, so a small negative foreign time is none. */
export function usageBetween(before: UsageCounters, after: UsageCounters, wallSeconds: number): Usage {
  const userSeconds = after.userSeconds - before.userSeconds;
  const systemSeconds = after.systemSeconds - before.systemSeconds;
  const machine = after.machineSeconds - before.machineSeconds;
  return {
    wallSeconds,
    userSeconds,
    systemSeconds,
    minorFaults: after.minorFaults - before.minorFaults,
    majorFaults: after.majorFaults - before.majorFaults,
    foreignSeconds: Math.max(0, machine - userSeconds - systemSeconds),
  };
}

export const addUsage = (a: Usage, b: Usage): Usage => ({
  wallSeconds: a.wallSeconds + b.wallSeconds,
  userSeconds: a.userSeconds + b.userSeconds,
  systemSeconds: a.systemSeconds + b.systemSeconds,
  minorFaults: a.minorFaults + b.minorFaults,
  majorFaults: a.majorFaults + b.majorFaults,
  foreignSeconds: a.foreignSeconds + b.foreignSeconds,
});

export interface ProcessMemory {
  /** Resident now (VmRSS), and its peak since the start or the last reset (VmHWM). */
  residentBytes: number;
  peakBytes: number;
}

export function parseProcessStatus(text: string): ProcessMemory {
  const kibibytes = (field: string): number => Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(text)?.[1]);
  return { residentBytes: kibibytes("VmRSS") * 1024, peakBytes: kibibytes("VmHWM") * 1024 };
}

export function readMemory(pid: number): ProcessMemory | undefined {
  const text = readProc(`/proc/${pid}/status`);
  return text ? parseProcessStatus(text) : undefined;
}

/** Sets the peak of a process back to what it holds now; false where the system does not let us. */
export function resetPeak(pid: number): boolean {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, "5");
    return true;
  } catch {
    return false;
  }
}

/** If memory runs out, the system shall end this process and no other one. */
export function offerForOutOfMemory(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, "1000");
  } catch {
    // not Linux: nothing to offer
  }
}
