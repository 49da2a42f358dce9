// `models list|pull`: the base models that are known, and bringing one into the cache.
import type { Command } from "commander";
import { listModels, pullModel } from "../models/index.js";
import { abortOnInterrupt } from "./interrupt.js";
import { alignColumns, jsonOption, printResult } from "./output.js";
import { stageLines } from "./stage-lines.js";

export function addModelsCommand(program: Command): void {
  const models = program.command("models").description("known base models: licence, size, checksum");
  models
    .command("list")
    .option(...jsonOption)
    .action((options: { json?: boolean }) => {
      const known = listModels();
      const rows = known.map(({ id, title, licence, bytes, sha256, path }) => [
        id,
        title,
        `${(bytes / 1e6).toFixed(0)} MB`,
        licence,
        `${sha256.slice(0, 12)}…`,
        path ?? "not in the cache",
      ]);
      printResult(options, known, alignColumns([["id", "model", "size", "licence", "sha256", "file"], ...rows]));
    });
  models
    .command("pull <id>")
    .description("fetch a model and check its sum")
    .option("--accept-license <name>", "accept the model's own terms, such as gemma")
    .option("--from <path>", "take the file from here instead of the network")
    .option(...jsonOption)
    .action(async (id: string, options: { acceptLicense?: string; from?: string; json?: boolean }) => {
      const model = await pullModel({
        id,
        ...(options.acceptLicense !== undefined && { acceptLicense: options.acceptLicense }),
        ...(options.from !== undefined && { from: options.from }),
        onProgress: stageLines(),
        signal: abortOnInterrupt(),
      });
      printResult(options, model, `${model.title}  ${model.path}`);
    });
}
