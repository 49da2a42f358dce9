// LMDB maps its file into memory and trusts it: with a foreign or shortened file a signal would end the process, where an error is wanted.
// The layout is that of the two meta pages in lmdb-js's mdb.c, data version 2.
import { appendFileSync, closeSync, existsSync, fstatSync, openSync, readSync } from "node:fs";

const header = 24; // bytes of a page's header
const place = { magic: header, version: header + 4, pageSize: header + 24, lastPage: header + 120 };
const magic = 0xbeefc0de;
const dataVersion = 2;

/** How long the file has to be for its meta pages, and how long it is. */
function lengths(path: string): { size: number; needed: number } {
  const file = openSync(path, "r");
  try {
    const { size } = fstatSync(file);
    if (size === 0) return { size, needed: 0 }; // begun by another process, or by one that was killed: LMDB begins it again
    const meta = Buffer.alloc(place.lastPage + 8);
    const read = (position: number): boolean => readSync(file, meta, 0, meta.length, position) === meta.length;
    if (!read(0) || meta.readUInt32LE(place.magic) !== magic) throw new Error("data.mdb is no LMDB file");
    if (meta.readUInt32LE(place.version) !== dataVersion) throw new Error("data.mdb is of another version of LMDB");
    const pageSize = meta.readUInt32LE(place.pageSize);
    const first = meta.readBigUInt64LE(place.lastPage);
    if (!read(pageSize)) throw new Error("data.mdb is cut off");
    const second = meta.readBigUInt64LE(place.lastPage);
    return { size, needed: (Math.max(Number(first), Number(second)) + 1) * pageSize };
  } finally {
    closeSync(file);
  }
}

/**
 * Makes a file safe to map. It may lawfully end before its last page when that page is free; if a page in use is missing, then as a page of zeros
 * it is found out when it is read. Appending takes nothing from a process that is writing at the same time.
 * @throws Error saying what is wrong with a file that is no cache's.
 */
export function makeMappable(path: string): void {
  if (!existsSync(path)) return;
  const { size, needed } = lengths(path);
  if (size < needed) appendFileSync(path, Buffer.alloc(needed - size));
}
