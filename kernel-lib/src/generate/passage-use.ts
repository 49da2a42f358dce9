// How much of an answer comes from the passages that its prompt showed and not from the task itself.
import { rougeTokens } from "../filter/index.js";

/** Function words of four letters and more; shorter words do not count as content either, unless they hold a digit. */
const functionWords = new Set(
  `about above after again against also although among another because been before being below between both cannot could does doing
   down during each either else even ever every from further have having hence here into itself just less like made make many might
   more most much must neither never nevertheless none once only other otherwise over rather same shall should since some such than
   that their them themselves then there therefore these they this those though through thus toward towards under until upon very were
   what when where whether which while whom whose will with within without would your`.split(/\s+/),
);

const contentWords = (text: string): Set<string> =>
  new Set(rougeTokens(text).filter((word) => (word.length > 3 || /\d/.test(word)) && !functionWords.has(word)));

/**
 * The share of the answer's distinct content words (four letters or a digit, no function word) that stand in a passage and
 * neither in the instruction nor in the input; 0 for an answer without content words.
 */
export function passageUse(options: {
  task: { instruction: string; input: string };
  answer: string;
  passages: readonly { text: string }[];
}): number {
  const { task, answer, passages } = options;
  const given = contentWords(`${task.instruction}\n${task.input}`);
  const offered = contentWords(passages.map(({ text }) => text).join("\n"));
  const words = [...contentWords(answer)];
  return words.filter((word) => offered.has(word) && !given.has(word)).length / Math.max(1, words.length);
}
