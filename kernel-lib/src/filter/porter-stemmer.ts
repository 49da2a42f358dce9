// Porter's stemmer (Porter 1980, "An algorithm for suffix stripping") with NLTK's extensions, its default mode: the one that the
// usual ROUGE implementation stems with. Words come in lower case.

/** Irregular words that NLTK's mode looks up instead of stemming. */
const irregular: ReadonlyMap<string, string> = new Map([
  ["sky", "sky"],
  ["skies", "sky"],
  ["dying", "die"],
  ["lying", "lie"],
  ["tying", "tie"],
  ["news", "news"],
  ["innings", "inning"],
  ["inning", "inning"],
  ["outings", "outing"],
  ["outing", "outing"],
  ["cannings", "canning"],
  ["canning", "canning"],
  ["howe", "howe"],
  ["proceed", "proceed"],
  ["exceed", "exceed"],
  ["succeed", "succeed"],
]);

/** A vowel is one of aeiou, or a y after a consonant; `y` at the start is a consonant. */
function isConsonant(word: string, index: number): boolean {
  const letter = word[index]!;
  if ("aeiou".includes(letter)) return false;
  return letter !== "y" || index === 0 || !isConsonant(word, index - 1);
}

/** Porter's m: how often a vowel run is followed by a consonant run. */
function measure(stem: string): number {
  let count = 0;
  let afterVowel = false;
  for (let i = 0; i < stem.length; i++) {
    const vowel = !isConsonant(stem, i);
    if (afterVowel && !vowel) count++;
    afterVowel = vowel;
  }
  return count;
}

const hasVowel = (stem: string): boolean => [...stem].some((_, index) => !isConsonant(stem, index));

function endsWithDoubleConsonant(word: string): boolean {
  const last = word.length - 1;
  return last >= 1 && word[last] === word[last - 1] && isConsonant(word, last);
}

/** Porter's *o, consonant-vowel-consonant without a final w, x or y; NLTK also counts a two-letter vowel-consonant. */
function endsWithShortSyllable(word: string): boolean {
  const last = word.length - 1;
  if (last < 1 || !isConsonant(word, last) || isConsonant(word, last - 1)) return false;
  return last === 1 || (isConsonant(word, last - 2) && !"wxy".includes(word[last]!));
}

/** Suffix, replacement, and the condition on the stem that is left. */
type Rule = readonly [suffix: string, replacement: string, condition?: (stem: string) => boolean];

/** The first rule whose suffix fits decides, also when its condition fails. */
function applyFirst(word: string, rules: readonly Rule[]): string {
  for (const [suffix, replacement, condition] of rules) {
    if (!word.endsWith(suffix)) continue;
    const stem = word.slice(0, word.length - suffix.length);
    return condition === undefined || condition(stem) ? stem + replacement : word;
  }
  return word;
}

const some = (stem: string): boolean => measure(stem) > 0;
const several = (stem: string): boolean => measure(stem) > 1;

const plurals: readonly Rule[] = [
  ["sses", "ss"],
  ["ies", "i"],
  ["ss", "ss"],
  ["s", ""],
];

const doubleSuffixes: readonly Rule[] = [
  ["ational", "ate", some],
  ["tional", "tion", some],
  ["enci", "ence", some],
  ["anci", "ance", some],
  ["izer", "ize", some],
  ["bli", "ble", some],
  ["alli", "al", some],
  ["entli", "ent", some],
  ["eli", "e", some],
  ["ousli", "ous", some],
  ["ization", "ize", some],
  ["ation", "ate", some],
  ["ator", "ate", some],
  ["alism", "al", some],
  ["iveness", "ive", some],
  ["fulness", "ful", some],
  ["ousness", "ous", some],
  ["aliti", "al", some],
  ["iviti", "ive", some],
  ["biliti", "ble", some],
  ["fulli", "ful", some],
  ["logi", "log", (stem) => some(`${stem}l`)],
];

const adjectiveSuffixes: readonly Rule[] = [
  ["icate", "ic", some],
  ["ative", "", some],
  ["alize", "al", some],
  ["iciti", "ic", some],
  ["ical", "ic", some],
  ["ful", "", some],
  ["ness", "", some],
];

const residualSuffixes: readonly Rule[] = [
  ...["al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent"].map(
    (suffix): Rule => [suffix, "", several],
  ),
  ["ion", "", (stem) => several(stem) && /[st]$/.test(stem)],
  ...["ou", "ism", "ate", "iti", "ous", "ive", "ize"].map((suffix): Rule => [suffix, "", several]),
];

function dropPlural(word: string): string {
  return word.endsWith("ies") && word.length === 4 ? word.slice(0, -1) : applyFirst(word, plurals);
}

function dropPast(word: string): string {
  if (word.endsWith("ied")) return word.length === 4 ? word.slice(0, -1) : word.slice(0, -2);
  if (word.endsWith("eed")) return some(word.slice(0, -3)) ? word.slice(0, -1) : word;
  const suffix = ["ed", "ing"].find((ending) => word.endsWith(ending) && hasVowel(word.slice(0, -ending.length)));
  if (suffix === undefined) return word;
  const stem = word.slice(0, -suffix.length);
  if (/(?:at|bl|iz)$/.test(stem)) return `${stem}e`;
  if (endsWithDoubleConsonant(stem)) return /[lsz]$/.test(stem) ? stem : stem.slice(0, -1);
  return measure(stem) === 1 && endsWithShortSyllable(stem) ? `${stem}e` : stem;
}

function finalYToI(word: string): string {
  const last = word.length - 2;
  return word.endsWith("y") && last >= 1 && isConsonant(word, last) ? `${word.slice(0, -1)}i` : word;
}

function foldDoubleSuffix(word: string): string {
  if (word.endsWith("alli") && some(word.slice(0, -4))) return foldDoubleSuffix(word.slice(0, -2));
  return applyFirst(word, doubleSuffixes);
}

function dropFinalE(word: string): string {
  if (!word.endsWith("e")) return word;
  const stem = word.slice(0, -1);
  return several(stem) || (measure(stem) === 1 && !endsWithShortSyllable(stem)) ? stem : word;
}

const foldFinalDoubleL = (word: string): string => (word.endsWith("ll") && several(word.slice(0, -1)) ? word.slice(0, -1) : word);

/** The stem of one lower-case word; words of one or two letters stay. */
export function porterStem(word: string): string {
  const known = irregular.get(word);
  if (known !== undefined) return known;
  if (word.length <= 2) return word;
  const inflected = finalYToI(dropPast(dropPlural(word)));
  const derived = applyFirst(applyFirst(foldDoubleSuffix(inflected), adjectiveSuffixes), residualSuffixes);
  return foldFinalDoubleL(dropFinalE(derived));
}
