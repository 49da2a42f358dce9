// What a call cost, in tokens, as every row that a model wrote records it.
import { z } from "zod";

export const usageSchema = z.strictObject({ promptTokens: z.number().int(), completionTokens: z.number().int() });
export type Usage = z.infer<typeof usageSchema>;
