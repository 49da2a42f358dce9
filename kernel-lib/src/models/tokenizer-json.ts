// The tokenizer of a model that transformers saved: tokenizer.json, run by Hugging Face's own reader of it.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { InputError, readJson } from "../runtime/index.js";
import type { Tokenizer } from "./tokenizer.js";

const token = z.union([z.string(), z.looseObject({ content: z.string() }).transform(({ content }) => content)]).nullish();
const ids = z.union([z.number().int(), z.array(z.number().int())]).nullish();
const fileSchema = z.looseObject({ added_tokens: z.array(z.looseObject({ special: z.boolean().default(false) })).default([]) });
const settingsSchema = z.looseObject({ bos_token: token, eos_token: token });
const endsSchema = z.looseObject({ eos_token_id: ids });

const jsonIfThere = (path: string): unknown => (existsSync(path) ? readJson(path) : {});

function parse<T>(schema: z.ZodType<T>, path: string, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new InputError({ got: `${path}: ${issue.path.join(".")}: ${issue.message}`, todo: "fetch the model's tokenizer again" });
}

/**
 * Loads the tokenizer of a model folder. What ends a text is everything that config.json, generation_config.json and
 * tokenizer_config.json say ends one.
 * @throws InputError where the folder has no tokenizer.json, or a damaged one.
 */
export async function loadTokenizerJson(folder: string): Promise<Tokenizer> {
  const path = join(folder, "tokenizer.json");
  if (!existsSync(path))
    throw new InputError({ got: `${folder} has no tokenizer.json`, todo: "put the model's tokenizer into the folder" });
  const file = parse(fileSchema, path, readJson(path));
  const settingsPath = join(folder, "tokenizer_config.json");
  const settings = parse(settingsSchema, settingsPath, jsonIfThere(settingsPath));
  // Imported here: it is an ES module, and the notebook kernel require()s this library.
  const { Tokenizer: JsonTokenizer } = await import("@huggingface/tokenizers");
  const whole = new JsonTokenizer(file, settings);
  // Without their names control tokens cannot be told from text: what a user writes stays text.
  const plain = new JsonTokenizer({ ...file, added_tokens: file.added_tokens.filter(({ special }) => !special) }, settings);
  const idOf = (text: string | null | undefined): number | undefined => (text ? whole.token_to_id(text) : undefined);
  const bos = idOf(settings.bos_token);
  const ends = ["config.json", "generation_config.json"].flatMap((name) => {
    const at = join(folder, name);
    return parse(endsSchema, at, jsonIfThere(at)).eos_token_id ?? [];
  });
  const eos = [idOf(settings.eos_token), ...ends].filter((id) => id !== undefined);
  return {
    encode: (text, options) =>
      text === "" ? [] : (options?.special ? whole : plain).encode(text, { add_special_tokens: false }).ids,
    decode: (numbers, options) =>
      whole.decode([...numbers], { skip_special_tokens: !options?.special, clean_up_tokenization_spaces: false }),
    ...(bos !== undefined && { bos }),
    eos: [...new Set(eos)],
    addBos: bos !== undefined && whole.encode("a").ids[0] === bos,
    vocabularySize: whole.get_vocab().size,
    dispose: async () => {},
  };
}
