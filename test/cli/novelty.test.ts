import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { complaintOf, selfspec, temporaryFolder } from "./command.js";

function file(text: string): string {
  const path = join(temporaryFolder(), "lines.txt");
  writeFileSync(path, text);
  return path;
}

describe("novelty", { timeout: 60_000 }, () => {
  const lines = "a b c d e f g h i j\n\na b c d e f g x y z\n\na b c d e f g h y z\n";

  it("answers with the numbers of the kept lines, blank ones too, and the nearest of each other", async () => {
    const { code, stdout } = await selfspec(["novelty", file(lines), "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ kept: [0, 1, 2, 3], rejected: [{ line: 4, nearest: 2, score: 0.9 }] });
    const strict = await selfspec(["novelty", file(lines), "--threshold", "0.699", "--json"]);
    expect(JSON.parse(strict.stdout)).toMatchObject({ kept: [0, 1, 3] });
  });

  it("tells people the same, a rejected line a line", async () => {
    const { stdout } = await selfspec(["novelty", file(lines)]);
    expect(stdout).toMatch(/^line 4 is like line 2: 0\.900\n4 of 5 lines kept at novelty threshold 0\.7/);
  });

  it.each<[string, string[], RegExp]>([
    ["no file", [], /missing required argument 'file'/],
    [
      "a file that does not exist",
      ["/nowhere/lines.txt"],
      /\/nowhere\/lines\.txt cannot be read \(ENOENT\); allowed: a text file/,
    ],
    ["a folder", [temporaryFolder()], /cannot be read \(EISDIR\); allowed: a text file/],
    ["a threshold that is no number", [file(lines), "--threshold", "high"], /--threshold high; allowed: 0 to 1/],
    ["a threshold above 1", [file(lines), "--threshold", "70"], /--threshold 70; allowed: 0 to 1/],
    ["a threshold finer than a thousandth", [file(lines), "--threshold", "0.70001"], /0\.70001; allowed: .* steps of 0\.001/],
  ])("%s exits 2", async (_, args, message) => {
    const ended = await selfspec(["novelty", ...args]);
    expect(complaintOf(ended)).toMatch(message);
    expect(ended.code).toBe(2);
  });
});
