import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { decodeNf4, encodeNf4, nf4CodeBook, quantiseNf4Blocks } from "../../kernel-lib/src/models/nf4.js";
import { dynamicCodeBook, quantiseScales } from "../../kernel-lib/src/models/nf4-scales.js";

interface Golden {
  codeBook: string;
  dynamicCodeBook: string;
  scales: { values: string; codes: string; nested: string };
  cases: Record<string, Record<"blockScales" | "scaleCodes" | "nestedScales", string> & Partial<Case> & { offset: number }>;
}
type Case = Record<"values" | "codes" | "decoded", string>;

const golden = JSON.parse(readFileSync(new URL("../oracles/bitsandbytes_nf4.json", import.meta.url), "utf8")) as Golden;
const bytes = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, "base64"));
const floats = (base64: string): Float32Array => new Float32Array(bytes(base64).buffer);
/** Bits, so that −0 is not 0. */
const bits = (values: Float32Array): Uint32Array => new Uint32Array(values.slice().buffer);

const cases = Object.entries(golden.cases);
const whole = cases.filter(([, found]) => found.values).map(([name, found]) => [name, found as typeof found & Case] as const);

describe("NF4 against bitsandbytes", () => {
  it("has its code books, to the bit", () => {
    expect(bits(nf4CodeBook)).toEqual(bits(floats(golden.codeBook)));
    expect(dynamicCodeBook()).toEqual(floats(golden.dynamicCodeBook));
  });

  it.each(whole)("packs the same codes and block scales: %s", (_, expected) => {
    const { codes, scales } = quantiseNf4Blocks(floats(expected.values));
    expect(codes).toEqual(bytes(expected.codes));
    expect(bits(scales)).toEqual(bits(floats(expected.blockScales)));
  });

  it.each(cases)("quantises the block scales to the same bytes: %s", (_, expected) => {
    const found = quantiseScales(floats(expected.blockScales), expected.offset);
    expect(found.codes).toEqual(bytes(expected.scaleCodes));
    expect(bits(found.nested)).toEqual(bits(floats(expected.nestedScales)));
  });

  it("finds the same code for every scale, however near to 0 or to the middle between two", () => {
    const { values, codes, nested } = golden.scales;
    const found = quantiseScales(floats(values), 0);
    expect(found.codes).toEqual(bytes(codes));
    expect(found.nested).toEqual(floats(nested));
  });

  it.each(cases)("takes off the mean of the scales, up to the order of its sum: %s", (_, { blockScales, offset }) => {
    expect(Math.abs(quantiseScales(floats(blockScales)).offset - offset)).toBeLessThanOrEqual(2 ** -22 * Math.abs(offset));
  });

  it.each(whole)("reads the same values back, to the bit: %s", (_, expected) => {
    const scales = {
      codes: bytes(expected.scaleCodes),
      nested: floats(expected.nestedScales),
      offset: expected.offset,
    };
    const count = floats(expected.values).length;
    expect(bits(decodeNf4({ codes: bytes(expected.codes), scales, count }))).toEqual(bits(floats(expected.decoded)));
  });

  it("keeps what it reads back", () => {
    const [, { values }] = whole[0]!;
    const packed = encodeNf4(floats(values));
    const error = decodeNf4(packed).map((value, i) => value - floats(values)[i]!);
    expect(packed.codes.length + packed.scales.codes.length).toBe(packed.count / 2 + packed.count / 64);
    expect(Math.hypot(...error) / Math.hypot(...floats(values))).toBeLessThan(0.1);
  });
});
