// Terms that must be accepted before a model is fetched: the address is shown, the acceptance recorded once in the cache.
import { existsSync } from "node:fs";
import { cacheDirectory, clock, InputError, type OnProgress, writeJson } from "../runtime/index.js";
import type { KnownModel } from "./registry.js";

/**
 * Passes models under free licences and models whose terms were accepted, now or earlier.
 * @throws InputError with the terms' address otherwise.
 */
export function requireAcceptance(options: {
  model: KnownModel;
  acceptLicense?: string | undefined;
  onProgress?: OnProgress | undefined;
}): void {
  const { model, acceptLicense, onProgress } = options;
  const { acceptance, licence, licenceUrl } = model;
  if (!acceptance) return;
  const record = cacheDirectory("models", "licences", `${acceptance}.json`);
  if (acceptLicense === acceptance) {
    onProgress?.({ stage: `model ${model.id}`, state: "running", message: `accepted: ${licence}, ${licenceUrl}`, seconds: 0 });
    writeJson(record, { licence, licenceUrl, accepted: clock.isoDate() });
    return;
  }
  if (existsSync(record)) return;
  throw new InputError({
    got: `${model.id} is under the ${licence} (${licenceUrl})${acceptLicense ? `, not "${acceptLicense}"` : ""}`,
    allowed: `after reading them, --accept-license ${acceptance}`,
    todo: `npm run selfspec -- models pull ${model.id} --accept-license ${acceptance}`,
  });
}
