// Merges an adapter into a new copy of its base: GGUF into GGUF or a folder for transformers, such a folder into another.
import { existsSync, readdirSync, statSync } from "node:fs";
import { isSafetensors } from "../../models/index.js";
import { InputError, type OnProgress } from "../../runtime/index.js";
import type { Adapter } from "./adapter.js";
import { type FolderType, folderTypes, mergeFolder } from "./merge-folder.js";
import { type MergedGgufType, mergedGgufTypes, mergeGguf } from "./merge-gguf.js";
import { writeTransformersFolder } from "./transformers-folder.js";

export interface MergeOptions {
  /** A GGUF file or a folder that transformers saved. It is only read. */
  base: string;
  adapter: Adapter;
  /** Where the merged model goes: a new .gguf file, or a new folder for transformers. */
  target: string;
  /** Of the matrices. Default: F16 in a GGUF file; in a folder what the base's folder has, F32 from a GGUF file. */
  type?: MergedGgufType | undefined;
  onProgress?: OnProgress | undefined;
}

function refuseExisting(target: string): void {
  const found = statSync(target, { throwIfNoEntry: false });
  if (found && !(found.isDirectory() && readdirSync(target).length === 0))
    throw new InputError({ got: `${target} is there already`, allowed: "a new file or folder", todo: "choose another name" });
}

/** @throws InputError for a target that exists, a type that it cannot have, or an adapter that is in the base already. */
export function mergeAdapter({ base, adapter, target, type, onProgress }: MergeOptions): void {
  refuseExisting(target);
  if (!existsSync(base)) throw new InputError({ got: `${base} does not exist`, allowed: "a base model" });
  const toGguf = target.endsWith(".gguf");
  const fromFolder = isSafetensors(base);
  if (toGguf && fromFolder)
    throw new InputError({
      got: `a GGUF file from the folder ${base}`,
      allowed: "a folder from a folder",
      todo: "convert the merged folder with llama.cpp's convert_hf_to_gguf.py",
    });
  const folderType: FolderType | undefined = folderTypes.find((known) => known === type);
  if (type && !toGguf && !folderType)
    throw new InputError({
      got: `${type} in a folder for transformers`,
      allowed: folderTypes.join(", "),
      todo: "name a .gguf target",
    });
  const options = { base, adapter, target, type: folderType, onProgress };
  if (toGguf) mergeGguf({ base, adapter, target, type: type ?? "F16", onProgress });
  else if (fromFolder) mergeFolder(options);
  else writeTransformersFolder(options);
}

/** What `type` may be. */
export const mergeTypes = mergedGgufTypes;
