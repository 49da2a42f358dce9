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
/** Requests of a run that nobody breaks off. */
let needed: number;

const command = (directory: string, file = experiment): string[] => [
  "run",
  file,
  "--size",
  "smoke",
  "--until",
  "dataset",
  "--dir",
  directory,
];

const experimentAt = ({ baseURL }: ScriptedServer): string =>
  writeExperiment({
    model: "scripted",
    endpoint: { baseURL, concurrency },
    budget: { seeds: 24, targetRows: 24, maxAttempts: 64 },
  });

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
    setTimeout(() => running.child.kill(signal), 100); // npm passes on what the terminal has sent already
  });
  const ended = await running.ended;
  expect(reached, `${stage} ${number} was asked for`).toBe(true);
  return ended;
}

/** Kills runs at random moments, goes on with each until it ends, and compares what it leaves and what it asked for. */
async function killAndFinish(kills: number, lane: number): Promise<void> {
  const own = await startScriptedServer();
  const random = deriveRandom("kill -9", lane);
  const file = experimentAt(own);
  try {
    for (let left = kills; left > 0; ) {
      const directory = temporaryFolder();
      const environment = { SELFSPEC_HOME: `${directory}-home` };
      /** Starts the command and kills it some milliseconds after the server was asked so often; false where the run ended before. */
      const killed = async (request: number, milliseconds: number): Promise<boolean> => {
        const { child, ended } = startSelfspec(command(directory, file), environment);
        let seen = 0;
        own.watch(() => {
          if (++seen === request) setTimeout(() => child.kill("SIGKILL"), milliseconds);
        });
        return (await ended).code === "SIGKILL";
      };
      let killsHere = 0;
      const asked = await own.requestsFor(async () => {
        while (killsHere < left && (await killed(1 + random.integer(14), random.integer(12)))) killsHere++;
        own.watch(() => {});
        const { code, stderr } = await selfspec(command(directory, file), environment);
        expect(code, stderr).toBe(0);
      });
      expect(rowsOf(directory), `after ${killsHere} kills`).toEqual(rowsOf(whole));
      // How many are on their way when the target is reached differs: once more as many.
      expect(asked).toBeLessThanOrEqual(needed + (killsHere + 1) * concurrency);
      left -= killsHere;
    }
  } finally {
    own.close();
  }
}

const finish = async (directory: string): Promise<Ended> => {
  server.watch(() => {});
  const ended = await selfspec(command(directory));
  expect(ended.code, ended.stderr).toBe(0);
  return ended;
};

beforeAll(async () => {
  server = await startScriptedServer();
  experiment = experimentAt(server);
  whole = temporaryFolder();
  needed = await server.requestsFor(() => finish(whole));
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

describe("kill -9, then the same command", { timeout: 600_000 }, () => {
  it("P2: at 50 random points ends with the bytes of an uninterrupted run, and pays at most the calls in flight twice", async () => {
    await Promise.all([25, 25].map(killAndFinish));
  });
});

describe("Ctrl+C", { timeout: 60_000 }, () => {
  it.each([
    { stage: "instructions", number: 20 },
    { stage: "responses", number: 6 },
  ] as const)(
    "in $stage finishes the rows on their way, names the command that continues, and nothing is asked twice",
    async (place) => {
      const directory = temporaryFolder();
      const abandoned = server.abandoned();
      server.answerAfter(200);
      const before = server.requests();
      const stopped = await breakOff(directory, "SIGINT", place);
      expect(stopped.code).toBe(1);
      expect(complaintOf(stopped)).toMatch(
        new RegExp(`stopped in ${place.stage}; .*the same command continues: npm run .*--dir ${directory}`),
      );
      expect(server.abandoned(), "requests that were let go").toBe(abandoned);
      server.answerAfter(15);
      const kept = readFileSync(join(directory, place.stage, "raw.jsonl"), "utf8");
      expect(kept.endsWith("\n")).toBe(true);
      await finish(directory);
      expect(server.requests() - before).toBeLessThanOrEqual(needed + concurrency); // those on their way when the target is reached
      expect(readFileSync(join(directory, place.stage, "raw.jsonl"), "utf8").startsWith(kept)).toBe(true);
      expect(rowsOf(directory)).toEqual(rowsOf(whole));
    },
  );

  it("a second time ends at once, whatever is on its way", async () => {
    server.answerAfter(60_000);
    const running = startSelfspec(command(temporaryFolder()));
    const ended = await new Promise<Ended>((resolve) => {
      let asked = false;
      server.watch(() => {
        if (!asked) running.child.kill("SIGINT");
        asked = true;
        setTimeout(() => running.child.kill("SIGINT"), 1500);
      });
      void running.ended.then(resolve);
    });
    server.answerAfter(15);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/stopping: .*once more to end at once/);
  });
});

it.each([1, 64])("P12: at concurrency %i the bytes are the same", { timeout: 60_000 }, async (requestsAtOnce) => {
  server.watch(() => {});
  const directory = temporaryFolder();
  const ended = await selfspec([...command(directory), "--set", `endpoint.concurrency=${requestsAtOnce}`]);
  expect(ended.code, ended.stderr).toBe(0);
  expect(rowsOf(directory)).toEqual(rowsOf(whole));
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
