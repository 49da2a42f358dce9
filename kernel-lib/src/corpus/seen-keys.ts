// Which texts and ids a corpus holds already: a hash table in flat arrays, 20 to 40 bytes a key instead of the hundreds of a Map of strings.
// Keys are 64 bits of SHA-256: among ten million texts two would be taken for the same with a chance of about one in 400,000.
import { createHash } from "node:crypto";

const emptyOwner = -1;

export class SeenKeys {
  #high = new Uint32Array(1024);
  #low = new Uint32Array(1024);
  #owner = new Int32Array(1024).fill(emptyOwner);
  #size = 0;

  /** Files the key under this owner, a number from 0, unless it is there: then returns who owns it. */
  claim(key: string, owner: number): number | undefined {
    const hash = createHash("sha256").update(key).digest();
    const [high, low] = [hash.readUInt32LE(0), hash.readUInt32LE(4)];
    const slot = this.#slotOf(high, low);
    if (this.#owner[slot] !== emptyOwner) return this.#owner[slot];
    this.#put(slot, high, low, owner);
    if (++this.#size > 0.6 * this.#owner.length) this.#grow();
    return undefined;
  }

  /** Where the key is, or the free slot where it belongs. */
  #slotOf(high: number, low: number): number {
    const mask = this.#owner.length - 1;
    let slot = low & mask;
    while (this.#owner[slot] !== emptyOwner && (this.#low[slot] !== low || this.#high[slot] !== high)) slot = (slot + 1) & mask;
    return slot;
  }

  #put(slot: number, high: number, low: number, owner: number): void {
    this.#high[slot] = high;
    this.#low[slot] = low;
    this.#owner[slot] = owner;
  }

  #grow(): void {
    const [high, low, owner] = [this.#high, this.#low, this.#owner];
    const length = 2 * owner.length;
    this.#high = new Uint32Array(length);
    this.#low = new Uint32Array(length);
    this.#owner = new Int32Array(length).fill(emptyOwner);
    for (let index = 0; index < owner.length; index++)
      if (owner[index] !== emptyOwner)
        this.#put(this.#slotOf(high[index]!, low[index]!), high[index]!, low[index]!, owner[index]!);
  }
}
