// The triples a model is tuned on: (instruction, input, output) with where each came from.
import { z } from "zod";

export const tripleSchema = z.strictObject({
  id: z.string(),
  instruction: z.string(),
  input: z.string(),
  output: z.string(),
  lineage: z.strictObject({
    seedIds: z.array(z.string()),
    /** The generated instruction; null for a seed used as a training row. */
    instructionId: z.string().nullable(),
    passageIds: z.array(z.string()),
    /** 0 for seeds, 1 for the first round of self-specialization. */
    round: z.number().int(),
  }),
});
export type Triple = z.infer<typeof tripleSchema>;
