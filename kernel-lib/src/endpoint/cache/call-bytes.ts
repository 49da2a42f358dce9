// A record as the bytes of one value in the cache: JSON in zlib's format, whose checksum tells a damaged record from a good one.
import { deflateSync, inflateSync } from "node:zlib";
import { errorLine } from "../../runtime/index.js";
import { type CallRecord, callRecordSchema } from "./call-record.js";

/** A record, or why there is none to be had from these bytes. */
export type FoundCall = { record: CallRecord } | { unreadable: string };

/** What every record repeats costs next to nothing. Another dictionary cannot read the records of this one. */
const dictionary = Buffer.from(
  '","promptCut":true,"finishReason":"length","usage":{"promptTokens":1,"completionTokens":1},"logprobs":{"tokens":[],"tokenLogprobs":[-0.],' +
    '"topLogprobs":[{" ":-0.}]},"latencyMs":1.0}{"answerer":"","date":"2026-01-01T00:00:00.000Z","text":" ","finishReason":"stop","usage":{"promptTokens":',
);

export const callBytes = (record: CallRecord): Buffer => deflateSync(JSON.stringify(record), { dictionary });

export function readCallBytes(bytes: Buffer): FoundCall {
  try {
    const parsed = callRecordSchema.safeParse(JSON.parse(inflateSync(bytes, { dictionary }).toString("utf8")));
    if (parsed.success) return { record: parsed.data };
    const issue = parsed.error.issues[0]!;
    return { unreadable: `${issue.path.join(".") || "record"}: ${issue.message}` };
  } catch (error) {
    return { unreadable: errorLine(error) };
  }
}
