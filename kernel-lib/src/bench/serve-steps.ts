// Our side's training child, behind the hidden verb `bench-child`: loads a model and runs the trainer's own optimiser step when asked.
import { createInterface } from "node:readline";
import { openStepMeter } from "../lora/index.js";
import { errorLine, exitCodeOf } from "../runtime/index.js";
import { type Answer, askSchema, stepRequestSchema } from "./step-protocol.js";

/** Answers stdin's lines until it ends; a failure is the last answer. Returns the exit code. */
export async function serveSteps(): Promise<number> {
  const tell = (answer: Answer): void => void process.stdout.write(`${JSON.stringify(answer)}\n`);
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  try {
    const { value: head } = await lines.next();
    const { model, ...request } = stepRequestSchema.parse(JSON.parse(head ?? "null"));
    const meter = await openStepMeter({ ...request, modelPath: model });
    try {
      const { weightBytes, parameters, note } = meter;
      tell({ ready: { weightBytes, parameters, note } });
      for (let line = await lines.next(); !line.done; line = await lines.next()) {
        const { steps } = askSchema.parse(JSON.parse(line.value));
        for (let step = 0; step < steps; step++) tell({ step: await meter.step() });
        tell({ done: true });
      }
    } finally {
      meter.close();
    }
    return 0;
  } catch (error) {
    tell({ error: errorLine(error), exitCode: exitCodeOf(error) });
    return exitCodeOf(error);
  }
}
