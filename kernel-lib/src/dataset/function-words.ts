// English words that carry no matter of their own: what a passage and an answer share through them says nothing.
import { rougeTokens } from "../filter/index.js";

const functionWords = new Set(
  `a about above after all also an and any are as at be been before below between both but by can could did do does each either
  few for from had has have he her his how i if in into is it its may might more most much must no nor not of on one only or other our
  out over own same she should so some such than that the their them then there these they this those through to too under until up
  was we were what when where which while who whose why will with within without would you your s t`.split(/\s+/),
);

/** The content words of a text, in order, as ROUGE cuts them, without function words. */
export const contentWords = (text: string): string[] => rougeTokens(text).filter((word) => !functionWords.has(word));
