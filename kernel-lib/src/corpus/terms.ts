// The terms of a text, those that BM25 counts. As written: lower-case, every run of Unicode letters, digits and underscores (Python's \w+).
// Stemmed: the same without English stop words, each word cut to its stem by LanceDB's own analyser (Snowball English).

export type Analyse = (texts: readonly string[]) => Promise<string[][]>;

const word = /[\p{L}\p{N}_]+/gu;

/** Words in order, with repetitions. */
export const wordsOf = (text: string): string[] => text.toLowerCase().match(word) ?? [];

/** More stems than this are forgotten and made again, so that memory stays flat however many words a corpus has. */
const remembered = 300_000;

function stemmer(): Analyse {
  /** Null for a stop word. */
  const stems = new Map<string, string | null>();
  return async (texts) => {
    if (stems.size > remembered) stems.clear();
    const words = texts.map(wordsOf);
    const fresh = [...new Set(words.flat())].filter((one) => !stems.has(one));
    if (fresh.length > 0) {
      const { tokenize } = await import("@lancedb/lancedb");
      const tokens = await tokenize(fresh.join(" "), {
        ...{ baseTokenizer: "whitespace", language: "English", stem: true, removeStopWords: true },
        ...{ lowercase: false, asciiFolding: false, maxTokenLength: 1_000_000 },
      });
      for (const one of fresh) stems.set(one, null);
      for (const { text, position } of tokens) stems.set(fresh[position]!, text);
    }
    return words.map((row) => row.flatMap((one) => stems.get(one) ?? []));
  };
}

/** Makes the function that turns texts into terms; give it many texts at once. */
export const analyser = ({ stem }: { stem: boolean }): Analyse =>
  stem ? stemmer() : (texts) => Promise.resolve(texts.map(wordsOf));
