// Whatever a user calls an adapter: a folder as PEFT writes it, or a GGUF LoRA.
import { existsSync, statSync } from "node:fs";
import { InputError } from "../../runtime/index.js";
import type { Architecture } from "../transformer/architecture.js";
import { openWeightSource } from "../transformer/open-weight-source.js";
import type { Adapter } from "./adapter.js";
import { loadGgufAdapter } from "./adapter-gguf.js";
import { isPeftAdapter, loadPeftAdapter } from "./adapter-peft.js";

/** @throws InputError for a path that holds neither, and for an adapter that does not fit the model. */
export function loadAdapter(path: string, architecture: Architecture): Adapter {
  if (isPeftAdapter(path)) return loadPeftAdapter(path, architecture);
  if (existsSync(path) && !statSync(path).isDirectory()) return loadGgufAdapter(path, architecture);
  throw new InputError({
    got: existsSync(path) ? `${path} has no adapter_config.json` : `${path} does not exist`,
    allowed: "a folder as PEFT writes it, or a GGUF LoRA",
    todo: "check the path of the adapter",
  });
}

/**
 * The same for the model in a file or folder, of which only the head is read.
 * @throws InputError as {@link loadAdapter}, and for a model that the transformer does not compute.
 */
export function readAdapter({ adapter, model }: { adapter: string; model: string }): Adapter {
  const source = openWeightSource(model);
  try {
    return loadAdapter(adapter, source.architecture);
  } finally {
    source.close();
  }
}
