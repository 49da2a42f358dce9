// `show` in a process of its own, on the folder of a run that a scripted endpoint wrote.
import { describe, expect, it } from "vitest";
import { generateRun } from "../dataset/generated-run.js";
import { complaintOf, selfspec } from "./command.js";

describe("show", { timeout: 30_000 }, () => {
  it("prints a row's prompts, demonstrations and seeds, and the same as one JSON document", async () => {
    const { folder, triples } = await generateRun();
    const { id, output, lineage } = triples[0]!;
    const text = await selfspec(["show", id, "--run", folder]);
    expect(text.code).toBe(0);
    expect(text.stdout).toContain(`${id}: in the data set`);
    expect(text.stdout.match(/as sent \(hash agrees\)/g)).toHaveLength(2);
    for (const seedId of lineage.seedIds) expect(text.stdout).toContain(seedId);
    const { stdout } = await selfspec(["show", id, "--run", folder, "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ id, triple: { output }, instructionPrompt: { verified: true } });
  });

  it("tells why a row was rejected", async () => {
    const { folder, rejectedAnswer } = await generateRun();
    const { stdout } = await selfspec(["show", rejectedAnswer, "--run", folder]);
    expect(stdout).toContain("rejected in responses by empty-output");
  });

  it.each([
    ["an unknown id", ["show", "task-9999", "--run"], /no row task-9999 in .*; allowed: the id of a row/],
    ["no id", ["show", "--run"], /missing required argument 'id'/],
  ])("%s exits 2", async (_, args, message) => {
    const { folder } = await generateRun();
    const ended = await selfspec([...args, folder, "--json"]);
    expect(complaintOf(ended)).toMatch(message);
    expect(ended.code).toBe(2);
  });
});
