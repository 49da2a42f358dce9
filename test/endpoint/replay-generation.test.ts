import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import {
  cacheCalls,
  callLogName,
  type Endpoint,
  exportCalls,
  openCallCache,
  openReplay,
} from "../../kernel-lib/src/endpoint/index.js";
import { generateInstructions, presets } from "../../kernel-lib/src/generate/index.js";
import { RunError } from "../../kernel-lib/src/runtime/index.js";
import { scriptedEndpoint, testSeeds, writeTasks } from "../generate/scripted-endpoint.js";
import { temporaryFolder } from "./call-cache-endpoint.js";

it("P15: a generation is rebuilt byte for byte from its replay bundle, with no server; another one is refused", async () => {
  const run = temporaryFolder();
  const generate = (directory: string, endpoint: Endpoint, runSeed = 5) =>
    generateInstructions({
      directory,
      seeds: testSeeds,
      domain: "biomedicine",
      endpoint,
      preset: presets["self-moe"],
      runSeed,
      attempts: 40,
    });
  const cache = openCallCache({ directory: temporaryFolder() });
  const server = scriptedEndpoint(writeTasks);
  const cached = cacheCalls(server, { cache, log: join(run, callLogName) });
  await generate(join(run, "recorded"), cached);
  await cached.close();
  const bundle = join(run, "calls.gz");
  exportCalls({ cache, path: bundle, run });
  await cache.close();
  const asked = server.requests.length;
  expect(asked).toBeGreaterThan(0);

  await generate(join(run, "replayed"), await openReplay({ bundle }));
  for (const name of ["config.json", "rows.jsonl", "rejected.jsonl", "ledger.json"])
    expect(readFileSync(join(run, "replayed", name), "utf8")).toBe(readFileSync(join(run, "recorded", name), "utf8"));
  expect(server.requests).toHaveLength(asked);

  const other = generate(join(run, "other"), await openReplay({ bundle }), 6);
  await expect(other).rejects.toThrow(RunError);
  await expect(other).rejects.toThrow(/calls\.gz has no call [0-9a-f]{64} \(scripted-model was asked "/);
});
