// A split that is drawn from content, for sources that publish none: the same in every run, on every machine and for every order of
// the file, and whatever shares its key (a document's questions, a sentence that stands twice) falls on one side.
import { sha256 } from "../../runtime/index.js";
import type { Split } from "./task.js";

/**
 * The side of a key (a sentence, a document's id or text): `test` where the first 32 bits of its SHA-256 lie below `testShare` of
 * their range, 0–1.
 */
export function splitByContent(key: string, testShare: number): Split {
  return Number.parseInt(sha256(key).slice(0, 8), 16) < testShare * 2 ** 32 ? "test" : "demonstrations";
}
