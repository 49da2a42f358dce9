// What answers a request, in one line: equal lines give equal answers. One request at a time and a batch have the same.
import type { ApiKind } from "./model-api.js";

export function fingerprintOf({
  server,
  api,
  model,
  adapter,
}: {
  /** The address, or what stands for an embedded server. */
  server: string;
  api: ApiKind;
  model: string;
  /** SHA-256 of the adapter behind the model's name, if it is one. */
  adapter?: string | undefined;
}): string {
  return [server, api, model, adapter ?? "no adapter"].join(" · ");
}
