// Where the tokens of a text begin in it. A token may be a piece of a character: it then begins where the character does.
import type { LoadedModel } from "./loaded-model.js";

/** A character has at most four bytes, and a token at least one. */
const longestCharacter = 4;

/**
 * One offset a token, in UTF-16 units. Tokens that are not written in the text, as the begin-of-text token that the server puts in front,
 * take no room.
 */
export function textOffsets(
  text: string,
  tokens: readonly number[],
  { detokenize, tokenName }: Pick<LoadedModel, "detokenize" | "tokenName">,
): number[] {
  let at = 0;
  let pending: number[] = [];
  return tokens.map((token) => {
    const begin = at;
    pending.push(token);
    const piece = detokenize(pending) || tokenName(token);
    if (text.startsWith(piece, at)) at += piece.length;
    else if (piece.includes("\uFFFD") && pending.length < longestCharacter) return begin;
    pending = [];
    return begin;
  });
}

/** The last token that begins at or before a character, and is the one that holds it. */
export function tokenAt(offsets: readonly number[], character: number): number {
  const index = offsets.findLastIndex((offset) => offset <= character);
  return offsets.indexOf(offsets[Math.max(0, index)]!);
}
