// Turns generated tokens into text as it may be shown: whole characters only, and nothing of a stop string.

export interface TextStream {
  /** Takes the next token; returns the text that is certain now. `stopped` says that a stop string was completed. */
  push(token: number): { delta: string; stopped: boolean };
  /** The text held back because it might have become a stop string or a longer character. */
  flush(): string;
}

/** The length of the longest end of `text` that some stop string begins with. */
function possibleStop(text: string, stop: readonly string[]): number {
  let longest = 0;
  for (const word of stop)
    for (let length = Math.min(word.length - 1, text.length); length > longest; length--)
      if (text.endsWith(word.slice(0, length))) longest = length;
  return longest;
}

/**
 * `before` are the prompt's last tokens: some tokenizers drop the space of a text's first token, so the text is read behind them.
 * `detokenize` writes an unfinished character as U+FFFD.
 */
export function createTextStream(options: {
  before: readonly number[];
  stop: readonly string[];
  detokenize: (tokens: readonly number[]) => string;
}): TextStream {
  const { stop, detokenize } = options;
  const tokens = [...options.before];
  const offset = detokenize(tokens).length;
  let shown = 0;
  let text = "";
  const show = (end: number): string => {
    const delta = text.slice(shown, end);
    shown = Math.max(shown, end);
    return delta;
  };
  return {
    push(token) {
      tokens.push(token);
      text = detokenize(tokens).slice(offset);
      const ends = stop.map((word) => text.indexOf(word)).filter((index) => index >= 0);
      if (ends.length > 0) {
        const delta = show(Math.min(...ends));
        shown = text.length;
        return { delta, stopped: true };
      }
      const whole = text.replace(/\uFFFD+$/, "").length;
      return { delta: show(whole - possibleStop(text.slice(0, whole), stop)), stopped: false };
    },
    flush: () => show(text.length),
  };
}
