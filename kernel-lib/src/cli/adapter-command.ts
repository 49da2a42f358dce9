// `adapter import|export|merge|check`: LoRA adapters between this project, PEFT and llama.cpp.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { Command } from "commander";
import { openEndpoint } from "../endpoint/index.js";
import {
  type Adapter,
  checkAdapter,
  mergeAdapter,
  mergeTypes,
  readAdapter,
  saveGgufAdapter,
  savePeftAdapter,
} from "../lora/index.js";
import { defaultModel, isSafetensors, resolveModel } from "../models/index.js";
import { InputError } from "../runtime/index.js";
import { jsonOption, printResult } from "./output.js";
import { stageLines } from "./stage-lines.js";

interface AdapterCommandOptions {
  model: string;
  to: string;
  type?: string;
  json?: boolean;
}

/** Texts whose next token the check asks for. */
const checkPrompts = [
  "The kidneys filter the blood and",
  "Question: What does a thermometer measure?\nAnswer:",
  "A share of a company gives its owner",
];

const modelFile = async (model: string): Promise<string> => (isSafetensors(model) ? model : (await resolveModel({ model })).path);

const described = ({ linears, rank, alpha, architecture }: Adapter) => ({
  architecture: architecture.name,
  rank,
  alpha,
  maps: linears.length,
  layers: new Set(linears.map(({ layer }) => layer)).size,
  parameters: linears.reduce((sum, linear) => sum + linear.rank * (linear.in + linear.out), 0),
});

const line = (adapter: Adapter): string => {
  const { rank, alpha, maps, layers, parameters } = described(adapter);
  return `rank ${rank}, alpha ${alpha}: ${maps} maps in ${layers} layers, ${parameters} parameters`;
};

async function runCheck(adapterPath: string, options: AdapterCommandOptions): Promise<void> {
  const onProgress = stageLines();
  const model = await resolveModel({ model: options.model, onProgress });
  const adapter = readAdapter({ adapter: adapterPath, model: model.path });
  const folder = mkdtempSync(join(tmpdir(), "selfspec-adapter-"));
  const endpoint = await openEndpoint({ model: model.id, embedded: { modelPath: model.path }, onProgress });
  try {
    const path = join(folder, "adapter.gguf");
    saveGgufAdapter(path, adapter, basename(adapterPath));
    const name = await endpoint.loadAdapter({ name: basename(folder), path });
    const check = await checkAdapter({
      modelPath: model.path,
      adapter: adapterPath,
      prompts: checkPrompts,
      async serverLogProbs(prompt) {
        const { logprobs } = await endpoint.complete({ prompt, model: name, maxTokens: 1, temperature: 0, logprobs: 10 });
        return logprobs?.topLogprobs[0] ?? {};
      },
    });
    const { worst, merged, tolerance, fileType } = check;
    printResult(
      options,
      check,
      [
        `server, base + adapter  ${worst.toFixed(4)} from base + adapter here (allowed: ${tolerance} for ${fileType})`,
        `merged here             ${merged?.own.toExponential(1)} from base + adapter here, ${merged?.server.toFixed(4)} from the server`,
      ].join("\n"),
    );
  } finally {
    await endpoint.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

export function addAdapterCommand(program: Command): void {
  const adapters = program.command("adapter").description("LoRA adapters: from and to PEFT and llama.cpp, merged, checked");
  const add = (name: string, description: string): Command =>
    adapters
      .command(`${name} <adapter>`)
      .description(description)
      .option("--model <model>", "the base: a registry id, a GGUF path, a hub id or a safetensors folder", defaultModel.id)
      .option(...jsonOption);
  add("import", "read a PEFT folder or a GGUF LoRA and write it as a training does: adapter/ and adapter.gguf")
    .requiredOption("--to <folder>", "where to")
    .action(async (path: string, options: AdapterCommandOptions) => {
      const model = await modelFile(options.model);
      const adapter = readAdapter({ adapter: path, model });
      savePeftAdapter(join(options.to, "adapter"), adapter, basename(model));
      saveGgufAdapter(join(options.to, "adapter.gguf"), adapter, basename(path));
      printResult(options, { ...described(adapter), folder: options.to }, `${line(adapter)}  ${options.to}`);
    });
  add("export", "write an adapter for llama.cpp (a .gguf file) or for PEFT (a folder)")
    .requiredOption("--to <path>", "a .gguf file or a folder")
    .action(async (path: string, options: AdapterCommandOptions) => {
      const model = await modelFile(options.model);
      const adapter = readAdapter({ adapter: path, model });
      if (options.to.endsWith(".gguf")) saveGgufAdapter(options.to, adapter, basename(path));
      else savePeftAdapter(options.to, adapter, basename(model));
      printResult(options, { ...described(adapter), path: options.to }, `${line(adapter)}  ${options.to}`);
    });
  add("merge", "a new model with the adapter in its weights; the base is only read")
    .requiredOption("--to <path>", "a new .gguf file, or a new folder for transformers")
    .option("--type <type>", `of the matrices: ${mergeTypes.join(", ")}`)
    .action(async (path: string, options: AdapterCommandOptions) => {
      const type = mergeTypes.find((known) => known === options.type);
      if (options.type !== undefined && !type)
        throw new InputError({ got: `--type ${options.type}`, allowed: mergeTypes.join(", ") });
      const base = await modelFile(options.model);
      const adapter = readAdapter({ adapter: path, model: base });
      mergeAdapter({ base, adapter, target: options.to, type, onProgress: stageLines() });
      printResult(options, { ...described(adapter), path: options.to }, `${line(adapter)}  ${options.to}`);
    });
  add("check", "do base + adapter here, base + adapter in the server and the merged model agree?").action(runCheck);
}
