// Answers that speak about the answerer instead of the task. The patterns are ours: a language model naming itself, and a first person
// that says it cannot, at the start of the answer only, since patients say so too inside a text.
import type { Rule } from "./rule.js";

const namesItself =
  /\b(?:as|i am|i'm|i’m|being) (?:just |only |merely )?an? (?:ai\b|artificial intelligence|(?:large )?language model|(?:ai |virtual |digital )?assistant|chat ?bot|computer program)/i;
const declines =
  /^\W*(?:(?:i(?:'m|’m| am) (?:so |very )?sorry\b|sorry\b|my apologies|unfortunately)[,.:;]? *(?:but )?i\b|i(?:'m|’m| am) (?:unable|not able|sorry)\b|i (?:cannot|can(?:'|’)?t|can not|could not|couldn(?:'|’)t) (?:answer|help|provide|assist|do|give|determine|complete|access|see)\b|i (?:do not|don(?:'|’)t) (?:know|have (?:access|enough|the ability|any information))\b)/i;

export const refusalRule: Rule<{ output: string }> = {
  name: "refusal",
  reason: "the model speaks of itself or declines instead of answering (ours)",
  test: ({ output }) => (namesItself.test(output) || declines.test(output) ? {} : null),
};
