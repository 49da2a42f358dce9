// Which adapters a file has in it already: their checksums, in its metadata. Adding one twice gives a model that nobody trained.
import { InputError, sha256 } from "../../runtime/index.js";
import type { Adapter } from "./adapter.js";

/** The metadata key of the list, in GGUF and in safetensors. */
export const mergedKey = "selfspec.merged_adapters";

/** The same for the same update, whatever file it lay in. */
export function adapterChecksum({ linears, parameters }: Adapter): string {
  const maps = linears.map(({ tensor, rank, scale }) => [tensor, rank, Math.fround(scale)]);
  return sha256(
    `${JSON.stringify(maps)} ${sha256(Buffer.from(parameters.buffer, parameters.byteOffset, parameters.byteLength))}`,
  );
}

/**
 * The list with this adapter added.
 * @throws InputError where it is in the model already.
 */
export function withMerged(path: string, merged: readonly string[], adapter: Adapter): string[] {
  const own = adapterChecksum(adapter);
  if (merged.includes(own))
    throw new InputError({
      got: `${path}, which has this adapter in it already`,
      allowed: "a model without it",
      todo: "merge into the base model that the adapter was trained on",
    });
  return [...merged, own];
}
