// Prompts that are scored, in company and from memory: what is reused and what is shared may never show in the numbers.
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startServer } from "../../kernel-lib/src/endpoint/server/start-server.js";
import { findModel } from "../../kernel-lib/src/models/index.js";

const model = findModel("smollm2-135m-instruct");
const token = "loopback-scores-token";

describe.skipIf(!model)(
  `scored prompts on the real model${model ? "" : " (skipped: smollm2-135m-instruct is not in the cache)"}`,
  { timeout: 120_000 },
  () => {
    let server: Awaited<ReturnType<typeof startServer>>;
    let client: OpenAI;

    beforeAll(async () => {
      const settings = { modelPath: model!.path, modelName: "small", contextTokens: 256, sequences: 4, threads: 1 };
      server = await startServer(settings, { host: "127.0.0.1", port: 0, token });
      client = new OpenAI({ baseURL: server.baseURL, apiKey: token, maxRetries: 0 });
    }, 120_000);

    afterAll(() => {
      server.server.closeAllConnections();
      server.server.close();
    });

    const fixed = { model: "small", temperature: 0, max_tokens: 0, echo: true, logprobs: 1 };
    const score = (prompt: string | string[] | number[] | number[][], more: object = {}) =>
      client.completions.create({ ...fixed, prompt, ...more });
    const numbers = (reply: OpenAI.Completion) => reply.choices.map(({ logprobs }) => logprobs!.token_logprobs!);
    const cachedTokens = ({ usage }: OpenAI.Completion) => usage!.prompt_tokens_details!.cached_tokens!;
    const notes = ["The nurse wrote that the patient slept well, ate little and asked for water twice during the night. Mood:"];
    notes.push("The engineer reported a loose bolt, a cracked seal and two missing labels on the third pump. State:");
    const labels = [" good", " bad enough to call somebody", " neither"];

    test("a label costs its own tokens after the first one, to the bit as if it were scored alone", async () => {
      const [note] = notes as [string];
      const replies = [];
      for (const label of labels) replies.push(await score(note + label));
      const whole = replies.map(({ usage }) => usage!.prompt_tokens);
      expect(cachedTokens(replies[1]!)).toBeGreaterThan(whole[1]! - 9);
      expect(cachedTokens(replies[2]!)).toBeGreaterThan(whole[2]! - 4);
      await score(notes[1]!.repeat(2), { model: "small" });
      const together = await score(notes.flatMap((text) => labels.map((label) => text + label)));
      expect(numbers(together).slice(0, 3)).toEqual(replies.flatMap(numbers));
    });

    test("with echo_from the prompt's own tokens are not scored, and the label's numbers are the same to the bit", async () => {
      const prompt = `${notes[1]!} Colour:`;
      await client.completions.create({ model: "small", prompt, max_tokens: 1, temperature: 0 });
      const reply = await score(prompt + labels[1]!, { echo_from: prompt.length });
      const [found] = numbers(reply);
      const [wanted] = numbers(await score(prompt + labels[1]!));
      const first = reply.choices[0]!.logprobs!.text_offset!.indexOf(prompt.length);
      expect(first).toBeGreaterThan(10);
      expect(found!.slice(0, first).every((value) => value === null)).toBe(true);
      expect(found!.slice(first)).toEqual(wanted!.slice(first));
      expect(found!.slice(first).every((value) => value !== null && value < 0)).toBe(true);
      expect(cachedTokens(reply)).toBe(first - 1);
    });

    test("prompts of any kind OpenAI allows are the same prompts: text, texts, ids, lists of ids", async () => {
      const ids = notes.map((text) => server.served.model.tokenize(text));
      const texts = numbers(await score(notes));
      expect(numbers(await score(notes[0]!))).toEqual(texts.slice(0, 1));
      expect(numbers(await score(ids[0]!))).toEqual(texts.slice(0, 1));
      expect(numbers(await score(ids))).toEqual(texts);
      const greedy = await client.completions.create({ model: "small", prompt: ids, max_tokens: 3, temperature: 0 });
      const written = await client.completions.create({ model: "small", prompt: notes, max_tokens: 3, temperature: 0 });
      expect(greedy.choices.map(({ text }) => text)).toEqual(written.choices.map(({ text }) => text));
    });

    test("a scored prompt and its first generated token come in one reply, as lm-evaluation-harness asks for it", async () => {
      const reply = await score([server.served.model.tokenize(notes[0]!)], { max_tokens: 1, seed: 1234 });
      const { tokens, token_logprobs, top_logprobs } = reply.choices[0]!.logprobs!;
      expect(tokens).toHaveLength(reply.usage!.prompt_tokens + 1);
      expect(token_logprobs).toHaveLength(tokens!.length);
      expect(Math.max(...Object.values(top_logprobs!.at(-1)!))).toBe(token_logprobs!.at(-1));
    });

    test("offsets are those of the text where a character is made of several tokens", async () => {
      const text = "Cost: 5 € 🙂 naïve end";
      const { tokens, text_offset } = (await score(text)).choices[0]!.logprobs!;
      expect(text_offset!.at(-1)).toBe(text.length - 4);
      expect(text.slice(text_offset![tokens!.indexOf(" end")])).toBe(" end");
    });

    test("echo_from without echo, or behind the prompt's end, is refused", async () => {
      await expect(score("Hello", { echo: false, max_tokens: 1, echo_from: 2 })).rejects.toMatchObject({ param: "echo_from" });
      await expect(score("Hello", { echo_from: 9 })).rejects.toMatchObject({ status: 400, param: "echo_from" });
    });

    test("short rests of several prompts share batches, and change no number", async () => {
      const shared = "Instructions for all four of them, read slowly and twice. ".repeat(3);
      const ends = ["Go.", "Stop at the second door.", "Wait here until the bell has rung three times.", "Leave now, please."];
      const ask = (end: string) =>
        client.completions.create({ model: "small", prompt: shared + end, max_tokens: 6, temperature: 0, logprobs: 3 });
      const together = await Promise.all(ends.map(ask));
      await score(notes.concat(notes.map((text) => `Again: ${text}`))); // the slots forget
      for (const [row, end] of ends.entries()) {
        const alone = await ask(end);
        expect(alone.choices[0]!.logprobs).toEqual(together[row]!.choices[0]!.logprobs);
      }
    });
  },
);
