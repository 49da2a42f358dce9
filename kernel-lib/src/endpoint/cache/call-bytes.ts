// A record as the bytes of one value in the cache: a checksum and JSON, so that a damaged record is told from a good one.
import { crc32 } from "node:zlib";
import { errorLine } from "../../runtime/index.js";
import { type CallRecord, callRecordSchema } from "./call-record.js";

/** A record, or why there is none to be had from these bytes. */
export type FoundCall = { record: CallRecord } | { unreadable: string };

const checksumBytes = 4;

export function callBytes(record: CallRecord): Buffer {
  const json = Buffer.from(JSON.stringify(record));
  const bytes = Buffer.allocUnsafe(checksumBytes + json.length);
  bytes.writeUInt32LE(crc32(json), 0);
  json.copy(bytes, checksumBytes);
  return bytes;
}

export function readCallBytes(bytes: Buffer): FoundCall {
  if (bytes.length < checksumBytes) return { unreadable: "it is too short" };
  const json = bytes.subarray(checksumBytes);
  if (crc32(json) !== bytes.readUInt32LE(0)) return { unreadable: "its checksum is wrong" };
  try {
    const parsed = callRecordSchema.safeParse(JSON.parse(json.toString("utf8")));
    if (parsed.success) return { record: parsed.data };
    const issue = parsed.error.issues[0]!;
    return { unreadable: `${issue.path.join(".") || "record"}: ${issue.message}` };
  } catch (error) {
    return { unreadable: errorLine(error) };
  }
}
