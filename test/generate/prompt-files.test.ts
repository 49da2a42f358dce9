import { describe, expect, it } from "vitest";
import { promptNames, promptRecord, readPrompt, renderInstructionPrompt } from "../../kernel-lib/src/generate/index.js";
import { InputError } from "../../kernel-lib/src/runtime/index.js";
import { loadSeeds, seedDomains } from "../../kernel-lib/src/seeds/index.js";

describe("prompt files", () => {
  const [whole, noInput] = loadSeeds({ domain: "biomedicine" });
  const demonstrations = [whole!, { ...noInput!, input: "" }];
  const instructionPrompts = promptNames().filter((name) => name.startsWith("instructions-"));

  it.each(instructionPrompts.flatMap((name) => seedDomains.map((domain) => [name, domain] as const)))(
    "%s renders for %s as the snapshot shows",
    async (name, domain) => {
      const prompt = readPrompt(name);
      const text = renderInstructionPrompt({ prompt, domain, demonstrations });
      await expect(`${text}\n`).toMatchFileSnapshot(`prompts/${name}.${domain}.txt`);
    },
  );

  it.each(instructionPrompts)("%s names a sub-domain right before the task that is to be written", async (name) => {
    const prompt = readPrompt(name);
    const text = renderInstructionPrompt({ prompt, domain: "finance", demonstrations, subDomain: "banking" });
    await expect(`${text}\n`).toMatchFileSnapshot(`prompts/${name}.finance-banking.txt`);
  });

  it("are recorded by name and the hash of their bytes", () => {
    expect(promptRecord(readPrompt("instructions-v1"))).toEqual({
      name: "instructions-v1",
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  it("insert values as they are, whatever they look like", () => {
    const odd = { id: "x", instruction: "Say {{ domain }} {% if a %} {# b #}\n&lt;", input: "$& \\n 'q'" };
    const text = renderInstructionPrompt({ prompt: readPrompt("instructions-v1"), domain: "finance", demonstrations: [odd] });
    expect(text).toContain(`Instruction: ${odd.instruction}\nInput: ${odd.input}\n\n`);
  });

  it.each(["absent", "../package", ""])("refuses %j, naming those that are there", (name) => {
    expect(() => readPrompt(name)).toThrow(InputError);
    expect(() => readPrompt(name)).toThrow(/instructions-v1/);
  });
});
