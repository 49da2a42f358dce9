// Measures how many threads serve best. llama.cpp's threads spin at barriers, so on a host that shares its cores the obvious
// choice, one a core, can be ten times slower than one thread: it is measured, for prompts and for decoding apart.
import { clock } from "../../runtime/index.js";

export interface ThreadChoice {
  prompt: number;
  decode: number;
  /** Tokens a second with the chosen counts, when they were measured. */
  promptSpeed: number;
  decodeSpeed: number;
}

/** 1, 2, … up to four cores; beyond, powers of two and the whole. */
export function threadCandidates(cores: number): number[] {
  if (cores <= 4) return Array.from({ length: cores }, (_, index) => index + 1);
  const powers = Array.from({ length: Math.floor(Math.log2(cores)) + 1 }, (_, index) => 2 ** index);
  return [...new Set([...powers, Math.floor(cores / 2), cores])].sort((a, b) => a - b);
}

/**
 * Tries the candidates in ascending order and stops a phase once two in a row were slower than the best.
 * `evaluate` runs one batch with that many threads and resolves with its number of tokens.
 */
export async function chooseThreads(options: {
  candidates: readonly number[];
  evaluate: (phase: "prompt" | "decode", threads: number) => Promise<number>;
}): Promise<ThreadChoice> {
  const pick = async (phase: "prompt" | "decode", batches: number): Promise<{ threads: number; speed: number }> => {
    let best = { threads: options.candidates[0] ?? 1, speed: 0 };
    let slower = 0;
    for (const threads of options.candidates) {
      const began = clock.elapsed();
      let tokens = 0;
      for (let batch = 0; batch < batches; batch++) {
        tokens += await options.evaluate(phase, threads);
        const tooSlow = batch > 0 && (tokens * 1000) / (clock.elapsed() - began) < best.speed / 2;
        if (tooSlow) break;
      }
      const speed = (tokens * 1000) / (clock.elapsed() - began);
      slower = speed > best.speed ? 0 : slower + 1;
      if (speed > best.speed) best = { threads, speed };
      if (slower === 2) break;
    }
    return best;
  };
  const decode = await pick("decode", 6);
  const prompt = await pick("prompt", 2);
  return { prompt: prompt.threads, decode: decode.threads, promptSpeed: prompt.speed, decodeSpeed: decode.speed };
}
