// Every way to misuse the command ends in one line that says what was got, what is allowed or what to do, and in the right exit code.
import { copyFileSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { findModel } from "../../kernel-lib/src/models/index.js";
import { projectRoot } from "../../kernel-lib/src/runtime/index.js";
import { writeTinyGguf } from "../models/tiny-gguf.js";
import { complaintOf, type Environment, selfspec, temporaryFolder } from "./command.js";
import { writeExperiment } from "./experiment-file.js";

/** Runs with --json, and checks that line, exit code and document tell the same. */
async function refusal(args: readonly string[], environment?: Environment): Promise<{ code: unknown; line: string }> {
  const ended = await selfspec([...args, "--json"], environment);
  const line = complaintOf(ended);
  expect(JSON.parse(ended.stdout)).toEqual({ error: line.slice("selfspec: ".length), exitCode: ended.code });
  expect(line.length).toBeLessThan(700);
  return { code: ended.code, line };
}

function file(name: string, text: string): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, text);
  return path;
}

const run = (config: string, ...more: string[]): string[] => [
  "run",
  config,
  "--size",
  "smoke",
  "--dir",
  temporaryFolder(),
  ...more,
];

describe("usage", { timeout: 60_000, concurrent: true }, () => {
  it.each<[string, string[], RegExp]>([
    ["an unknown verb", ["runn"], /unknown command 'runn'.*--help/],
    ["an unknown option", ["run", "biomedicine", "--sise", "smoke"], /unknown option '--sise'/],
    ["a missing argument", ["run"], /missing required argument 'config'/],
    [
      "an unknown size",
      ["run", "biomedicine", "--size", "huge"],
      /'huge' is invalid. Allowed choices are smoke, quick, laptop, gpu/,
    ],
    [
      "an unknown stage",
      ["run", "biomedicine", "--until", "lunch"],
      /'lunch' is invalid. Allowed choices are seeds, instructions/,
    ],
    ["a run seed that is no number", run("biomedicine", "--seed", "one"), /--seed one; allowed: a whole number/],
    ["an unknown backend", run("biomedicine", "--backend", "quantum"), /backend "quantum"; allowed: auto, tensorflow, wasm, cpu/],
    ["an unknown preset", run("biomedicine", "--preset", "best"), /preset "best"; allowed: self-moe, nearest/],
    ["an address that is none", run("biomedicine", "--base-url", "localhost"), /baseURL "localhost"; allowed: an http/],
    [
      "an address with a password in it",
      run("biomedicine", "--base-url", "http://me:hidden@127.0.0.1:1/v1"),
      /a baseURL at http:\/\/127\.0\.0\.1:1\/v1 with a user, a password/,
    ],
    ["an unknown model", run("biomedicine", "--model", "smollm3"), /unknown model "smollm3"; allowed: smollm2-135m-instruct/],
    [
      "an unknown purpose of set-up",
      ["setup", "--for", "lunch"],
      /'lunch' is invalid. Allowed choices are start, lab, test, all/,
    ],
    ["a port that is none", ["serve", "--port", "99999"], /--port 99999; allowed: 0 to 65535/],
    ["an adapter without a name", ["serve", "--adapter", "file.gguf"], /--adapter file.gguf; allowed: name=path/],
    ["an unknown model to pull", ["models", "pull", "smollm3"], /unknown model "smollm3"; allowed: smollm2-135m-instruct/],
    ["a model whose terms were not accepted", ["models", "pull", "gemma-3-270m"], /--accept-license gemma/],
    ["an unknown task to pull", ["data", "pull", "--task", "box"], /unknown task "box"; allowed: .*ncbi-disease/],
    ["a folder that is none", ["data", "check", "--from", "/nowhere"], /--from is \/nowhere, which is no folder/],
    ["nothing to score", ["score"], /score without what to score; allowed: --task T --predictions F/],
    ["an unknown metric", ["score", "--metric", "bleu", "--pairs", "x"], /bleu.*allowed: .*token-f1/],
    ["an unknown task to score", ["score", "--task", "box", "--predictions", "x"], /unknown task "box"; allowed: .*ncbi-disease/],
    ["an unknown benchmark", ["bench", "lorra"], /unknown command 'lorra'/],
    ["a configuration that is none", ["bench", "lora", "--only", "9x9"], /--only "9x9".*allowed: words of 1x256, f32/],
    ["an unknown side", ["bench", "lora", "--sides", "jax"], /--sides jax; allowed: tfjs, peft/],
    ["a number of steps that is none", ["bench", "lora", "--steps", "0"], /--steps 0; allowed: a whole number from 1/],
    [
      "a side that lacks the configuration",
      ["bench", "lora", "--sides", "peft", "--only", "wasm"],
      /configurations that PEFT does not have; allowed: --sides tfjs/,
    ],
    [
      "a profile of a backend that has none",
      ["bench", "kernels", "--only", "1x256 wasm"],
      /takes in 1x256 f32 kept half wasm; allowed: configurations of the backend tensorflow/,
    ],
    ["a folder that holds no run", ["publish", "/nowhere", "--to", "/nowhere"], /\/nowhere holds no run; allowed: a folder that/],
  ])("%s exits 2", async (_, args, message) => {
    const { code, line } = await refusal(args, { SELFSPEC_CACHE: temporaryFolder() });
    expect(line).toMatch(message);
    expect(code).toBe(2);
  });
});

describe("an experiment file", { timeout: 60_000, concurrent: true }, () => {
  const known = JSON.parse(readFileSync(join(projectRoot(), "data", "experiments", "biomedicine.json"), "utf8"));

  it.each<[string, () => string, RegExp]>([
    ["that does not exist", () => "biomedcine", /experiment "biomedcine"; allowed: biomedicine.*, finance, or the path/],
    ["that is not JSON", () => file("mine.json", "{"), /mine\.json is not JSON/],
    [
      "with an unknown key",
      () => file("mine.json", JSON.stringify({ ...known, runSeeds: 3 })),
      /unknown config key "runSeeds" in .*mine\.json; allowed: .*runSeed, preset/,
    ],
    [
      "with an unknown key inside a part",
      () => file("mine.json", JSON.stringify({ ...known, lora: { ...known.lora, rang: 4 } })),
      /unknown config key "lora\.rang" in .*mine\.json; allowed: backend, rank, alpha/,
    ],
    ["with a value out of range", () => writeExperiment({ budget: { items: 0 } }), /config key "sizes\.smoke\.items".*>0/],
    [
      "with an unknown task",
      () => writeExperiment({ tasks: ["ncbi-disease", "box"] }),
      /unknown task "box"; allowed: .*ncbi-disease/,
    ],
    ["with an unknown preset", () => writeExperiment({ preset: "best" }), /preset "best"; allowed: self-moe, nearest/],
    [
      "whose seed file does not exist",
      () => writeExperiment({ seedFile: "/nowhere/seeds.jsonl" }),
      /\/nowhere\/seeds\.jsonl does not exist; allowed: a JSON Lines file of seeds/,
    ],
    [
      "whose seed file is malformed, with the line",
      () => {
        const seeds = readFileSync(join(projectRoot(), "data", "seeds", "biomedicine.jsonl"), "utf8").split("\n");
        return writeExperiment({ seedFile: file("seeds.jsonl", [...seeds.slice(0, 3), "{oops", ...seeds.slice(3)].join("\n")) });
      },
      /seeds\.jsonl:4 is not JSON .*; correct that line/,
    ],
    [
      "whose seeds are of another domain",
      () => writeExperiment({ seedFile: join(projectRoot(), "data", "seeds", "finance.jsonl") }),
      /finance\.jsonl:1 is not a seed: domain: got finance/,
    ],
  ])("%s exits 2", async (_, config, message) => {
    const { code, line } = await refusal(run(config()));
    expect(line).toMatch(message);
    expect(code).toBe(2);
  });
});

describe("a model file", { timeout: 60_000, concurrent: true }, () => {
  it.each<[string, () => string, RegExp]>([
    ["that does not exist", () => "/nowhere/model.gguf", /model file \/nowhere\/model\.gguf does not exist/],
    [
      "of an unsupported architecture",
      () => writeTinyGguf({ architecture: "mamba" }),
      /tiny\.gguf has the architecture "mamba"; allowed: llama, qwen2/,
    ],
    [
      "that is an adapter",
      () => writeTinyGguf({ type: "adapter" }),
      /tiny\.gguf holds a GGUF adapter; allowed: a whole base model/,
    ],
    ["that is no GGUF", () => file("model.gguf", "hello, this is not a model"), /model\.gguf .*GGUF/],
    [
      "that is truncated",
      () => {
        const path = writeTinyGguf();
        truncateSync(path, 1500);
        return path;
      },
      /tiny\.gguf.* truncated|tiny\.gguf.* bytes/,
    ],
  ])("%s exits 2, at once in run and in serve", async (_, makeFile, message) => {
    const model = makeFile();
    for (const args of [run("biomedicine", "--model", model), ["serve", "--model", model]]) {
      const { code, line } = await refusal(args, { SELFSPEC_CACHE: temporaryFolder() });
      expect(line).toMatch(message);
      expect(code).toBe(2);
    }
  });
});

describe("a file to score", { timeout: 30_000 }, () => {
  it("that is malformed exits 2 with its line", async () => {
    const pairs = file("pairs.jsonl", '{"id":"a","prediction":"x","golds":["x"]}\n{"id":"b"}\n');
    const { code, line } = await refusal(["score", "--metric", "token-f1", "--pairs", pairs]);
    expect(line).toMatch(/pairs\.jsonl:2 is not a pair: prediction/);
    expect(code).toBe(2);
  });
});

describe("an endpoint", { timeout: 30_000 }, () => {
  let server: Server | undefined;
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
    server = undefined;
  });

  async function listen(handler: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
    server = createServer(handler);
    await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  }
  const json = (response: ServerResponse, status: number, body: unknown): void =>
    void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  const ask = (baseURL: string, environment?: Environment) =>
    refusal(run(writeExperiment({ endpoint: { timeoutSeconds: 1 } }), "--base-url", baseURL), environment);

  it("that nobody listens at exits 1", async () => {
    const baseURL = await listen(() => {});
    await new Promise((resolve) => server!.close(resolve));
    const { code, line } = await ask(baseURL);
    expect(line).toMatch(/nothing answers at http:\S+ \(ECONNREFUSED\); start the server/);
    expect(code).toBe(1);
  });

  it("that refuses the key exits 2, naming the variable and never the key", async () => {
    const baseURL = await listen((_, response) => json(response, 401, { error: { message: "bad key sk-secret" } }));
    const { code, line } = await ask(baseURL, { OPENAI_API_KEY: "sk-secret" });
    expect(line).toMatch(/refused the key \(401\); allowed: a valid key in OPENAI_API_KEY/);
    expect(line).not.toContain("sk-secret");
    expect(code).toBe(2);
  });

  it("that lacks the model exits 2 with the models it has", async () => {
    const baseURL = await listen((request, response) =>
      request.url === "/v1/models"
        ? json(response, 200, { data: [{ id: "large" }] })
        : json(response, 404, { error: { message: "no such model" } }),
    );
    const { code, line } = await ask(baseURL);
    expect(line).toMatch(/has no model smollm2-135m-instruct; allowed: large/);
    expect(code).toBe(2);
  });

  it("that answers with a web page exits 1", async () => {
    const baseURL = await listen((_, response) => void response.writeHead(200, { "content-type": "text/html" }).end("<html>"));
    const { code, line } = await ask(baseURL);
    expect(line).toMatch(
      /answered with something that is no OpenAI completion \(3 tries, \d+ s\): .*; correct `baseURL`: it should end in \/v1/,
    );
    expect(code).toBe(1);
  });

  it("that hangs is given up after `timeoutSeconds` and exits 1", async () => {
    const { code, line } = await ask(await listen(() => {}));
    expect(line).toMatch(
      /did not answer within 1 s \(2 tries, \d+ s\); see whether the server is stuck, or raise `timeoutSeconds`/,
    );
    expect(code).toBe(1);
  });
});

describe("a run directory", { timeout: 30_000 }, () => {
  it("that is a file exits 2", async () => {
    const path = file("taken", "something else");
    const { code, line } = await refusal(["run", "biomedicine", "--size", "smoke", "--dir", path]);
    expect(line).toContain(`${path} is no folder; allowed: a new folder, or that of a run`);
    expect(code).toBe(2);
    expect(readFileSync(path, "utf8")).toBe("something else");
  });
});

const model = findModel("smollm2-135m-instruct");
describe.skipIf(!model)("serve on the real model (skipped where it was not pulled)", { timeout: 60_000 }, () => {
  it("a port in use exits 2 and names it", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as AddressInfo;
    try {
      const { code, line } = await refusal(["serve", "--port", String(port)]);
      expect(line).toMatch(new RegExp(`port ${port}.* in use`));
      expect(code).toBe(2);
    } finally {
      other.close();
    }
  });

  it("a truncated copy of it exits 2", async () => {
    const path = join(temporaryFolder(), "cut.gguf");
    copyFileSync(model!.path, path);
    truncateSync(path, 50_000_000);
    const { code, line } = await refusal(["serve", "--model", path], { SELFSPEC_CACHE: temporaryFolder() });
    expect(line).toMatch(/cut\.gguf.*(truncated|bytes)/);
    expect(code).toBe(2);
  });
});
