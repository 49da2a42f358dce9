// Lines for the novelty bench, made by a seeded grammar: invented words whose frequencies fall as in any language (Zipf), openings that
// many lines share as instructions do, and near-duplicates of earlier lines with a few words changed.
import { deriveRandom, type Random } from "../runtime/index.js";

const syllables =
  "ba be bi bo da de di do fa fe ka ke ki ko la le li lo ma me mi mo na ne ni no ra re ri ro sa se si so ta te ti to".split(" ");

/** A word for each rank: the frequent ones short, no two alike. */
function wordOf(rank: number): string {
  let word = "";
  for (let rest = rank + 1; rest > 0; rest = Math.floor(rest / syllables.length)) word += syllables[rest % syllables.length];
  return word;
}

const vocabularySize = 20_000;
const openings = 60;
/** Shares of the lines that open as others do, and that are an earlier line with changes. */
const openingShare = 0.4;
const duplicateShare = 0.2;

function zipfian(size: number): (random: Random) => number {
  const cumulative = new Float64Array(size);
  let sum = 0;
  for (let rank = 0; rank < size; rank++) {
    sum += 1 / (rank + 2.7); // Mandelbrot's shift, as English has it
    cumulative[rank] = sum;
  }
  return (random) => {
    const target = random.uniform() * sum;
    let [low, high] = [0, size - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (cumulative[middle]! < target) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

/** `count` lines of 6 to about 60 words, median 20; the first n of a longer list are the list of n. */
export function* noveltyLines(count: number, seed = 0): Generator<string> {
  const draw = zipfian(vocabularySize);
  const word = (random: Random): string => wordOf(draw(random));
  const some = (random: Random, length: number): string[] => Array.from({ length }, () => word(random));
  const fresh = (random: Random): string[] => {
    const length = Math.max(6, Math.round(20 * Math.exp(0.45 * random.normal())));
    if (random.uniform() >= openingShare) return some(random, length);
    const opening = random.integer(openings);
    const shared = some(deriveRandom("novelty-lines", seed, "opening", opening), 4 + (opening % 6));
    return [...shared, ...some(random, Math.max(2, length - shared.length))];
  };
  const original = (line: number): { words: string[]; random: Random } => {
    const random = deriveRandom("novelty-lines", seed, line);
    return { words: fresh(random), random };
  };
  for (let line = 0; line < count; line++) {
    const { words, random } = original(line);
    if (line === 0 || random.uniform() >= duplicateShare) yield words.join(" ");
    else {
      const changed = random.uniform() / 2;
      const earlier = original(random.integer(line)).words;
      yield earlier
        .flatMap((old) => {
          if (random.uniform() >= changed) return [old];
          return [[word(random)], [], [old, word(random)]][random.integer(3)]!;
        })
        .join(" ");
    }
  }
}
