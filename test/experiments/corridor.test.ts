import { execFile, spawnSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tripleSchema } from "../../kernel-lib/src/dataset/index.js";
import { ledgerSchema } from "../../kernel-lib/src/filter/index.js";
import { deriveRandom, readJsonl } from "../../kernel-lib/src/runtime/index.js";
import { complaintOf, type Ended, program, selfspec, startSelfspec, temporaryFolder } from "../cli/command.js";
import { writeExperiment } from "../cli/experiment-file.js";
import { type AskedCompletion, type ScriptedServer, startScriptedServer, writeText } from "../cli/scripted-server.js";

const concurrency = 4;
let server: ScriptedServer;
let experiment: string;
let whole: string;

const command = (directory: string): string[] => ["run", experiment, "--size", "smoke", "--until", "dataset", "--dir", directory];

/** Every file that a run's rows are in; raw texts arrive in any order and are compared as a set. */
function rowsOf(directory: string): Record<string, string> {
  const names = ["instructions", "responses"].flatMap((stage) =>
    ["rows.jsonl", "rejected.jsonl", "ledger.json"].map((name) => join(stage, name)),
  );
  const exports = readdirSync(join(directory, "dataset")).map((name) => join("dataset", name));
  return Object.fromEntries([...names, ...exports].map((name) => [name, readFileSync(join(directory, name), "utf8")]));
}

/** Runs the command and sends the signal as soon as the server is asked for that completion. */
async function breakOff(
  directory: string,
  signal: NodeJS.Signals,
  { stage, number }: Pick<AskedCompletion, "stage" | "number">,
): Promise<Ended> {
  let reached = false;
  const running = startSelfspec(command(directory));
  server.watch((asked) => {
    if (asked.stage !== stage || asked.number !== number) return;
    reached = true;
    running.child.kill(signal);
  });
  const ended = await running.ended;
  expect(reached, `${stage} ${number} was asked for`).toBe(true);
  return ended;
}

/** Starts the command and kills it some milliseconds after the server was asked so often; false where the run ended before that. */
async function killedAt(directory: string, request: number, milliseconds: number): Promise<boolean> {
  const running = startSelfspec(command(directory));
  let seen = 0;
  server.watch(() => {
    if (++seen === request) setTimeout(() => running.child.kill("SIGKILL"), milliseconds);
  });
  const ended = await running.ended;
  return ended.code === "SIGKILL";
}

const finish = async (directory: string): Promise<Ended> => {
  server.watch(() => {});
  const ended = await selfspec(command(directory));
  expect(ended.code, ended.stderr).toBe(0);
  return ended;
};

beforeAll(async () => {
  server = await startScriptedServer();
  experiment = writeExperiment({
    model: "scripted",
    endpoint: { baseURL: server.baseURL, concurrency },
    budget: { seeds: 24, targetRows: 24, maxAttempts: 64 },
  });
  whole = temporaryFolder();
  await finish(whole);
});

afterAll(() => server.close());

it("a run leaves kept and rejected rows, and ledgers that balance", () => {
  for (const stage of ["instructions", "responses"]) {
    const ledger = ledgerSchema.parse(JSON.parse(readFileSync(join(whole, stage, "ledger.json"), "utf8")));
    const rejected = Object.values(ledger.rejected).reduce((sum, count) => sum + count, 0);
    expect(rejected).toBeGreaterThan(0);
    expect(ledger.in).toBe(ledger.kept + rejected + ledger.failed);
  }
  expect(readJsonl(join(whole, "dataset", "triples.jsonl"), tripleSchema).length).toBeGreaterThan(8);
});

describe("kill -9, then the same command", { timeout: 240_000 }, () => {
  it("P2: at 50 random points ends with the bytes of an uninterrupted run, and pays at most the calls in flight twice", async () => {
    const random = deriveRandom("kill -9");
    const needed = await server.requestsFor(() => finish(temporaryFolder()));
    let kills = 0;
    while (kills < 50) {
      const directory = temporaryFolder();
      let killsHere = 0;
      const asked = await server.requestsFor(async () => {
        while (kills < 50 && (await killedAt(directory, 1 + random.integer(14), random.integer(12)))) {
          kills++;
          killsHere++;
        }
        await finish(directory);
      });
      expect(rowsOf(directory), `after ${killsHere} kills`).toEqual(rowsOf(whole));
      expect(asked).toBeLessThanOrEqual(needed + killsHere * concurrency);
    }
  });
});

describe("Ctrl+C", { timeout: 60_000 }, () => {
  it.each([
    { stage: "instructions", number: 20 },
    { stage: "responses", number: 6 },
  ] as const)("in $stage exits 1 with one line, keeps what was written, and the same command continues", async (place) => {
    const directory = temporaryFolder();
    const stopped = await breakOff(directory, "SIGINT", place);
    expect(stopped.code).toBe(1);
    expect(complaintOf(stopped)).toMatch(new RegExp(`stopped in ${place.stage}; .*the same command continues`));
    const kept = readFileSync(join(directory, place.stage, "raw.jsonl"), "utf8");
    expect(kept.endsWith("\n")).toBe(true);
    await finish(directory);
    expect(readFileSync(join(directory, place.stage, "raw.jsonl"), "utf8").startsWith(kept)).toBe(true);
    expect(rowsOf(directory)).toEqual(rowsOf(whole));
  });
});

it("a finished run again asks nothing and writes no row anew", async () => {
  const before = server.requests();
  const times = () => ["instructions", "responses"].map((stage) => statSync(join(whole, stage, "rows.jsonl")).mtimeMs);
  const [rows, written] = [rowsOf(whole), times()];
  await finish(whole);
  expect(server.requests()).toBe(before);
  expect(rowsOf(whole)).toEqual(rows);
  expect(times()).toEqual(written);
});

describe("one process a run directory", { timeout: 60_000 }, () => {
  it("a second one is refused by name of the first, and goes on once that was killed", async () => {
    const directory = temporaryFolder();
    const first = startSelfspec(command(directory));
    const second = await new Promise<Ended>((resolve) => {
      let began = false;
      server.watch(() => {
        if (!began) resolve(selfspec(command(directory)));
        began = true;
        first.child.kill("SIGSTOP");
      });
    });
    expect(second.code).toBe(2);
    expect(complaintOf(second)).toContain(`${directory} is in use by process ${first.child.pid}; allowed: one process a run`);
    first.child.kill("SIGKILL");
    await first.ended;
    await finish(directory);
    expect(rowsOf(directory)).toEqual(rowsOf(whole));
  });

  it("another configuration in the same directory is refused, and nothing there changes", async () => {
    const rows = rowsOf(whole);
    const other = await selfspec([...command(whole), "--seed", "2"]);
    expect(other.code).toBe(2);
    expect(complaintOf(other)).toContain(`${whole} was begun with another configuration`);
    expect(rowsOf(whole)).toEqual(rows);
  });
});

/** A folder of that size in a mount namespace of its own, which ends with the command and leaves nothing behind. */
const mountSmall = 'mount -t tmpfs -o size=64k none "$1"';
const canMount = spawnSync("unshare", ["-rm", "sh", "-c", mountSmall, "sh", temporaryFolder()]).status === 0;

describe("a full disk (skipped where this user may not mount a small one)", { timeout: 60_000 }, () => {
  it.skipIf(!canMount)(
    "exits 1 with one line, and with more room the same command ends as if there had been enough",
    async () => {
      server.watch(() => {});
      const [disk, copy] = [temporaryFolder(), temporaryFolder()];
      const script = `${mountSmall}; disk=$1; copy=$2; shift 2
      "$@"; echo "first $?"; wc -l < "$disk/instructions/raw.jsonl"
      mount -o remount,size=16m "$disk"
      "$@" > /dev/null; echo "second $?"; cp -r "$disk/." "$copy"`;
      const args = ["-rm", "sh", "-c", script, "sh", disk, copy, process.execPath, program, ...command(disk)];
      const { stdout, stderr } = await promisify(execFile)("unshare", args);
      expect(stdout).toMatch(/^first 1\n[1-9]\d*\nsecond 0$/m);
      expect(complaintOf({ code: 1, stdout, stderr })).toMatch(
        /the disk is full: .* was not written; free some space; the same command continues/,
      );
      expect(rowsOf(copy)).toEqual(rowsOf(whole));
    },
  );
});

describe("when nothing survives the filter", { timeout: 60_000 }, () => {
  it.each([
    { stage: "instructions", funnel: /no generated task survived the filter: 16 written, 0 kept · 16 rejected \(16 / },
    {
      stage: "responses",
      funnel: /no generated answer survived the filter: (\d+) answered, 0 kept · \1 rejected \(\1 empty-output\)/,
    },
  ])("$stage end with exit code 1 and the funnel, and so does the same command again", async ({ stage, funnel }) => {
    const empty = await startScriptedServer((asked) => (asked.stage === stage ? "" : writeText(asked)));
    try {
      const path = writeExperiment({
        model: "scripted",
        endpoint: { baseURL: empty.baseURL },
        budget: { targetRows: 8, maxAttempts: 16 },
      });
      const directory = temporaryFolder();
      const again = () => selfspec(["run", path, "--size", "smoke", "--until", "dataset", "--dir", directory]);
      const first = await again();
      const asked = empty.requests();
      for (const ended of [first, await again()]) {
        expect(ended.code).toBe(1);
        expect(complaintOf(ended)).toMatch(funnel);
      }
      expect(empty.requests()).toBe(asked);
    } finally {
      empty.close();
    }
  });
});
