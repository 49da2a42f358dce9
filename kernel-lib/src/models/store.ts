// What is in the model cache: each file under the first 12 digits of its SHA-256, and a receipt a model id or path that saves
// reading a hundred megabytes again to know that a file is the one it was.
import { existsSync, statSync } from "node:fs";
import { z } from "zod";
import { cacheDirectory, readJson, sha256, sha256File, writeJson } from "../runtime/index.js";
import { checkArchitecture } from "./architecture.js";
import { wrongChecksum } from "./checksum.js";
import { readGguf } from "./gguf-file.js";
import { type KnownModel, knownModels } from "./registry.js";

/** A model file that is here, checked, and of an architecture we implement. */
export interface ResolvedModel {
  /** The registry's id, "owner/name:file.gguf" of the hub, or the file's name without its ending. */
  id: string;
  title: string;
  /** Absolute path of the GGUF file. */
  path: string;
  sha256: string;
  licence: string;
  /** One of `supportedArchitectures`. */
  architecture: string;
  bytes: number;
}

const receiptSchema = z.strictObject({
  id: z.string(),
  title: z.string(),
  path: z.string(),
  sha256: z.string(),
  licence: z.string(),
  architecture: z.string(),
  bytes: z.number(),
  /** With `bytes`, tells whether the file was changed since it was hashed. */
  mtimeMs: z.number(),
});

const receiptPath = (key: string): string => cacheDirectory("models", "receipts", `${sha256(key).slice(0, 16)}.json`);

/** Where a file with this checksum lives. */
export const storedPath = (checksum: string, filename: string): string =>
  cacheDirectory("models", checksum.slice(0, 12), filename);

function readReceipt(path: string): unknown {
  try {
    return readJson(path);
  } catch {
    return undefined;
  }
}

/** The model remembered under a key (its id, or the absolute path of a user's file), if its file is still the same. */
export function recall(key: string): ResolvedModel | undefined {
  const path = receiptPath(key);
  if (!existsSync(path)) return undefined;
  // A receipt that cannot be read costs one more hashing, never an error.
  const receipt = receiptSchema.safeParse(readReceipt(path));
  if (!receipt.success) return undefined;
  const { mtimeMs, ...model } = receipt.data;
  const now = statSync(model.path, { throwIfNoEntry: false });
  return now?.size === model.bytes && now.mtimeMs === mtimeMs ? model : undefined;
}

/** Remembers a checked model for {@link recall}. */
export function remember(key: string, model: ResolvedModel): ResolvedModel {
  writeJson(receiptPath(key), { ...model, mtimeMs: statSync(model.path).mtimeMs } satisfies z.infer<typeof receiptSchema>);
  return model;
}

/**
 * Reads, hashes and describes a model file. Nothing is written.
 * @throws InputError when the file is unreadable, truncated, of another architecture, or not the one `known` pins (both sums are named).
 */
export async function inspect(
  path: string,
  known?: Pick<KnownModel, "id" | "title" | "licence" | "sha256">,
): Promise<ResolvedModel> {
  const file = readGguf(path);
  try {
    checkArchitecture(file);
    const checksum = await sha256File(path);
    if (known && checksum !== known.sha256) throw wrongChecksum(path, checksum, known.sha256);
    return {
      id: known?.id ?? path.replace(/^.*[/\\]/, "").replace(/\.gguf$/, ""),
      title: known?.title ?? file.text("general.name", path.replace(/^.*[/\\]/, "")),
      path,
      sha256: checksum,
      licence: known?.licence ?? file.text("general.license", "not stated in the file"),
      architecture: file.architecture,
      bytes: statSync(path).size,
    };
  } finally {
    file.close();
  }
}

/** The model with this id if it is in the cache and was checked; never fetches, never hashes. */
export const findModel = (id: string): ResolvedModel | undefined => recall(id);

export type ListedModel = KnownModel & {
  /** Where the file is; absent while it is not in the cache. */
  path?: string;
};

/** The registry, with the path of what is in the cache. */
export function listModels(): ListedModel[] {
  return knownModels.map((model) => {
    const found = recall(model.id);
    return { ...model, ...(found && { path: found.path }) };
  });
}

/** The ids of the registry, for messages. */
export const knownIds = (): string => knownModels.map((model) => model.id).join(", ");
