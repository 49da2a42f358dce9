// What a notebook may be told from outside, so that the same cells run small in a test and large on a workstation.
import { existsSync, readFileSync } from "node:fs";
import { InputError } from "../runtime/index.js";

export type ParamValue = string | number | boolean;

function readParams(text: string): unknown {
  const json = text.trimStart().startsWith("{") ? text : existsSync(text) ? readFileSync(text, "utf8") : undefined;
  if (json === undefined)
    throw new InputError({ got: `SELFSPEC_PARAMS=${text}`, allowed: "a JSON object, or the path of a file that holds one" });
  try {
    return JSON.parse(json);
  } catch (error) {
    throw new InputError({
      got: `SELFSPEC_PARAMS is not JSON (${(error as Error).message})`,
      allowed: `an object such as {"size": "smoke"}`,
    });
  }
}

/**
 * The parameters of a notebook: `defaults`, then the JSON object in (or at the path in) `SELFSPEC_PARAMS`, then `SELFSPEC_SIZE` for a
 * parameter named `size`.
 * @throws InputError for an unknown name or a value of another type than the default's.
 */
export function notebookParams<T extends Record<string, ParamValue>>(defaults: T, env: NodeJS.ProcessEnv = process.env): T {
  const given = env.SELFSPEC_PARAMS ? readParams(env.SELFSPEC_PARAMS) : {};
  if (given === null || typeof given !== "object" || Array.isArray(given))
    throw new InputError({
      got: "SELFSPEC_PARAMS is not a JSON object",
      allowed: `an object with ${Object.keys(defaults).join(", ")}`,
    });
  const params: Record<string, unknown> = {
    ...given,
    ...("size" in defaults && env.SELFSPEC_SIZE ? { size: env.SELFSPEC_SIZE } : {}),
  };
  for (const [name, value] of Object.entries(params)) {
    if (!(name in defaults))
      throw new InputError({ got: `notebook parameter "${name}"`, allowed: Object.keys(defaults).join(", ") });
    if (typeof value !== typeof defaults[name])
      throw new InputError({
        got: `notebook parameter ${name} = ${JSON.stringify(value)}`,
        allowed: `a ${typeof defaults[name]}`,
      });
  }
  return { ...defaults, ...params } as T;
}
