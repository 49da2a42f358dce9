// A stage and a whole run through the Batch API.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Endpoint, openBatchEndpoint } from "../../kernel-lib/src/endpoint/index.js";
import {
  type GenerationPreset,
  generateInstructions,
  generateResponses,
  type Instruction,
  presets,
} from "../../kernel-lib/src/generate/index.js";
import { deriveRandom } from "../../kernel-lib/src/runtime/index.js";
import { selfspec, startSelfspec, temporaryFolder } from "../cli/command.js";
import { writeExperiment } from "../cli/experiment-file.js";
import { testSeeds, writeTasks } from "../generate/scripted-endpoint.js";
import { type BatchScript, type InputLine, startBatchServer } from "./batch-server.js";

interface ChatBody {
  messages: { content: string }[];
  seed: number;
  stop?: string[];
  max_tokens: number;
}

/** What a scripted endpoint would answer, as a line of a batch. */
function writeLine(input: InputLine): { response: object } {
  const { messages, seed, stop = [], max_tokens: maxTokens } = input.body as unknown as ChatBody;
  const prompt = messages[0]!.content;
  const request = { prompt, seed, stop, maxTokens, temperature: 1 };
  const text = prompt.endsWith("Output:") ? " liver" : writeTasks(request, deriveRandom(prompt, seed)).text;
  const body = {
    choices: [{ index: 0, message: { role: "assistant", content: text }, finish_reason: "stop" }],
    usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 },
  };
  return { response: { status_code: 200, body } };
}

const script: BatchScript = { status: () => "completed", line: writeLine };
let server: Awaited<ReturnType<typeof startBatchServer>>;
let folder: string;
beforeEach(async () => {
  script.status = () => "completed";
  folder = mkdtempSync(join(tmpdir(), "selfspec-batch-stages-"));
  server = await startBatchServer(script);
});
afterEach(() => server.close());

const open = (): Endpoint =>
  openBatchEndpoint({
    baseURL: server.baseURL,
    model: "small",
    directory: join(folder, "batches"),
    gatherSeconds: 0.2,
    pollSeconds: 0.05,
  });

const preset: GenerationPreset = presets["self-moe"];
const shared = { seeds: testSeeds, domain: "biomedicine" as const, runSeed: 5 };

const write = (change: Partial<GenerationPreset["instructions"]>) =>
  generateInstructions({
    ...shared,
    directory: join(folder, "instructions"),
    endpoint: open(),
    preset: { ...preset, instructions: { ...preset.instructions, samplesPerPrompt: 4, ...change } },
    attempts: 40,
  });

describe("a stage costs one batch a dependent step, however its requests share prompts", () => {
  it.each([
    { scaffold: false, batches: 1 },
    { scaffold: true, batches: 2 },
  ])("instructions, scaffold $scaffold: $batches", async ({ scaffold, batches }) => {
    const { ledger } = await write({ scaffold });
    expect(ledger.in).toBe(40);
    expect(server.batches).toHaveLength(batches);
  });

  it("responses: 1", async () => {
    const instructions: Instruction[] = (await write({ scaffold: false })).rows;
    server.batches.length = 0;
    const { ledger } = await generateResponses({
      ...shared,
      directory: join(folder, "responses"),
      instructions,
      endpoint: open(),
      preset,
    });
    expect(ledger.in).toBe(instructions.length);
    expect(server.batches).toHaveLength(1);
  });
});

describe("a run whose config says `batch`", { timeout: 120_000 }, () => {
  it("P2: killed between submission and collection, submits nothing twice", async () => {
    const experiment = writeExperiment({
      model: "scripted",
      endpoint: { baseURL: server.baseURL, batch: true, api: "chat" },
      budget: { seeds: 24, targetRows: 8, maxAttempts: 16 },
      generation: { instructions: { scaffold: false }, responses: {} },
    });
    const args = ["run", experiment, "--size", "smoke", "--until", "instructions", "--dir", temporaryFolder()];
    script.status = () => "in_progress";
    const first = startSelfspec(args);
    server.interrupt((call) => {
      if (call.startsWith("GET /v1/batches/")) first.child.kill("SIGKILL");
      return false;
    });
    expect((await first.ended).code).toBe("SIGKILL");
    script.status = () => "completed";
    server.interrupt(() => false);
    const second = await selfspec(args);
    expect(second.code, second.stderr).toBe(0);
    expect(server.batches).toHaveLength(1);
    expect(server.batches[0]!.input).toHaveLength(16);
  });
});
