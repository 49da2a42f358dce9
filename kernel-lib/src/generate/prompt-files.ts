// Prompts as files: kernel-lib/prompts/<name>.jinja, the version in the name. A file that rows were written with is never edited, its
// successor gets the next version; its SHA-256 stands in the stage's configuration and on the dataset's card, so an edit is noticed.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Template } from "@huggingface/jinja";
import { InputError, projectRoot, sha256 } from "../runtime/index.js";

export interface PromptFile {
  /** The file's name without its ending: "instructions-v1". */
  readonly name: string;
  /** Of the file's bytes. */
  readonly sha256: string;
  /** Fills the template; values are inserted as they are and never read as template. */
  render(values: Record<string, unknown>): string;
}

/** What a configuration records of a prompt. */
export type PromptRecord = Pick<PromptFile, "name" | "sha256">;

const folder = (): string => join(projectRoot(), "kernel-lib", "prompts");
const ending = ".jinja";

/** The names of all prompt files, in order. */
export const promptNames = (): string[] =>
  readdirSync(folder())
    .filter((file) => file.endsWith(ending))
    .map((file) => file.slice(0, -ending.length))
    .sort();

/**
 * Reads a prompt file. Jinja as chat templates use it: a line that holds only a block leaves no line behind, and the line break that ends
 * the file is not part of the prompt.
 * @throws InputError for an unknown name.
 */
export function readPrompt(name: string): PromptFile {
  const path = join(folder(), `${name}${ending}`);
  if (!/^[a-z0-9-]+$/.test(name) || !existsSync(path))
    throw new InputError({
      got: `prompt "${name}"`,
      allowed: promptNames().join(", "),
      todo: `correct the preset, or add kernel-lib/prompts/<name>${ending}`,
    });
  const text = readFileSync(path, "utf8");
  const template = new Template(text);
  return { name, sha256: sha256(text), render: (values) => template.render(values) };
}

/** A prompt as the stage's configuration names it. */
export const promptRecord = ({ name, sha256: hash }: PromptFile): PromptRecord => ({ name, sha256: hash });
