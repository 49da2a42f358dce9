import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { complaintOf, selfspec, temporaryFolder } from "../cli/command.js";
import { writeExperiment } from "../cli/experiment-file.js";
import { startScriptedServer } from "../cli/scripted-server.js";

it("P15: a run is rebuilt from its bundle without server, model or key; a call that is not there fails with its key", {
  timeout: 60_000,
}, async () => {
  const server = await startScriptedServer(undefined, 0);
  const [home, recorded, replayed, other] = [temporaryFolder(), temporaryFolder(), temporaryFolder(), temporaryFolder()];
  const environment = { SELFSPEC_HOME: home };
  const experiment = writeExperiment({
    model: "scripted",
    endpoint: { baseURL: server.baseURL },
    budget: { seeds: 24, targetRows: 12, maxAttempts: 40 },
  });
  const run = (...more: string[]) => ["run", experiment, "--size", "smoke", "--until", "dataset", ...more];
  const first = await selfspec(run("--dir", recorded), environment);
  expect(first.code, first.stderr).toBe(0);
  const asked = server.requests();

  await selfspec(run("--dir", temporaryFolder()), environment);
  expect(server.requests(), "the cache answers a second run").toBe(asked);
  server.close();

  const bundle = join(temporaryFolder(), "run.bundle.gz");
  const exported = await selfspec(["cache", "export", bundle, "--run", recorded], environment);
  expect(exported.code, exported.stderr).toBe(0);

  const again = await selfspec(run("--dir", replayed, "--replay", bundle));
  expect(again.code, again.stderr).toBe(0);
  for (const stage of ["instructions", "responses", "dataset"])
    for (const name of ["rows.jsonl", "rejected.jsonl", "ledger.json", "triples.jsonl"])
      if (existsSync(join(recorded, stage, name)))
        expect(readFileSync(join(replayed, stage, name), "utf8"), name).toBe(readFileSync(join(recorded, stage, name), "utf8"));

  const changed = await selfspec(run("--dir", other, "--replay", bundle, "--seed", "2"));
  expect(changed.code).toBe(1);
  expect(complaintOf(changed)).toMatch(/has no call [0-9a-f]{64} \(scripted was asked "/);
});
