// A full disk is played by a writeSync that fails as the kernel would; everything else is the real file system.
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { z } from "zod";

const disk = vi.hoisted(() => ({ bytesLeft: Number.POSITIVE_INFINITY }));
vi.mock("node:fs", async (original) => {
  const fs = await original<typeof import("node:fs")>();
  const writeSync = (file: number, bytes: Uint8Array, offset = 0): number => {
    if (disk.bytesLeft <= 0) throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
    const count = Math.min(disk.bytesLeft, bytes.length - offset);
    disk.bytesLeft -= count;
    return fs.writeSync(file, bytes, offset, count);
  };
  return { ...fs, writeSync };
});

it("a full disk loses no finished row, says so in one line and lets the log go on later", async () => {
  const { openJsonlLog, RunError } = await import("../../kernel-lib/src/runtime/index.js");
  const path = join(mkdtempSync(join(tmpdir(), "full-")), "rows.jsonl");
  const log = openJsonlLog(path, z.strictObject({ n: z.number() }));
  log.append({ n: 1 });
  disk.bytesLeft = 4;
  expect(() => log.append({ n: 2 })).toThrow(RunError);
  disk.bytesLeft = 0;
  expect(() => log.append({ n: 2 })).toThrow(
    /the disk is full: .*rows\.jsonl was not written; free some space; the same command continues/,
  );
  expect(readFileSync(path, "utf8")).toBe('{"n":1}\n');
  disk.bytesLeft = Number.POSITIVE_INFINITY;
  log.append({ n: 2 });
  expect(readFileSync(path, "utf8")).toBe('{"n":1}\n{"n":2}\n');
});
