// Shows an error on purpose. tslab skips the cells after a failing one for a moment without a word, so a notebook never lets a cell fail.
import { errorLine, RunError } from "../runtime/index.js";
import { display } from "./display.js";

/**
 * Runs `action`, which must throw, and shows the error's one line.
 * @throws RunError when it does not throw.
 */
export async function expectError(action: () => unknown): Promise<void> {
  let caught: unknown;
  try {
    await action();
  } catch (error) {
    caught = error ?? new Error("an empty error");
  }
  if (caught === undefined)
    throw new RunError({ got: "no error where the notebook expects one", todo: "look at what the cell shows instead" });
  const name = caught instanceof Error ? caught.name : typeof caught;
  display({ "text/plain": `${name}: ${errorLine(caught)}` });
}
