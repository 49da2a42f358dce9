// The longest common subsequence counted in bits (Hyyrö 2004): each word of one list has a mask of the places where it stands, and every
// word of the other list updates a row of bits in which a zero is a step of the subsequence. Thirty bits a cell, so that the sum of two
// cells and a carry stays an integer of 31 bits, which the engine adds without going through floating point.

const cellBits = 30;
const full = 2 ** cellBits - 1;

/** The cells that a row of `length` bits takes. */
export const cellsFor = (length: number): number => Math.max(1, Math.ceil(length / cellBits));

/** Marks place `position` in the mask of word number `slot`; masks lie one after the other, `cells` numbers each. */
export function markPosition(masks: Int32Array, cells: number, slot: number, position: number): void {
  masks[slot * cells + Math.floor(position / cellBits)]! |= 1 << (position % cellBits);
}

function countOnes(bits: number): number {
  let n = bits - ((bits >>> 1) & 0x55555555);
  n = (n & 0x33333333) + ((n >>> 2) & 0x33333333);
  return (((n + (n >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
}

/**
 * Length of the longest common subsequence of the list whose masks these are and the first `count` words of `slots`, each a mask's number.
 * `row` is scratch space of `cells` numbers.
 */
export function commonLength(masks: Int32Array, cells: number, slots: Int32Array, count: number, row: Int32Array): number {
  if (cells === 1) {
    let bits = full;
    for (let i = 0; i < count; i++) {
      const matches = bits & masks[slots[i]!]!;
      bits = ((bits + matches) | (bits & ~matches)) & full;
    }
    return cellBits - countOnes(bits);
  }
  row.fill(full, 0, cells);
  for (let i = 0; i < count; i++) {
    const mask = slots[i]! * cells;
    let carry = 0;
    for (let cell = 0; cell < cells; cell++) {
      const bits = row[cell]!;
      const matches = bits & masks[mask + cell]!;
      const sum = bits + matches + carry;
      carry = sum >>> cellBits;
      row[cell] = (sum | (bits & ~matches)) & full;
    }
  }
  let length = cells * cellBits;
  for (let cell = 0; cell < cells; cell++) length -= countOnes(row[cell]!);
  return length;
}
