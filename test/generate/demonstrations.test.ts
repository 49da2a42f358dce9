import { describe, expect, it } from "vitest";
import { randomDemonstrations, relatedDemonstrations } from "../../kernel-lib/src/generate/index.js";
import { testSeeds } from "./scripted-endpoint.js";

const ids = (seeds: readonly { id: string }[]): string[] => seeds.map(({ id }) => id);

describe("demonstrations", () => {
  it("draws distinct seeds that depend on the key alone", () => {
    const draw = (attempt: number) => ids(randomDemonstrations({ seeds: testSeeds, count: 5, key: [1, "stage", attempt] }));
    expect(draw(3)).toEqual(draw(3));
    expect(new Set(draw(3)).size).toBe(5);
    expect(new Set(Array.from({ length: 20 }, (_, attempt) => draw(attempt).join(" "))).size).toBeGreaterThan(15);
  });

  it("puts the nearest seed last and its own kind before it", () => {
    const related = relatedDemonstrations({ seeds: testSeeds, count: 4 });
    const block = related.nearestTo("Describe what is said about the kidney in sentence number 2, briefly.");
    expect(block.at(-1)?.id).toBe("bio-002");
    expect(ids(block.slice(1, 3)).sort()).toEqual(["bio-006", "bio-010"]);
    expect(block[0]?.task).not.toBe("kind-1");
  });

  it("gives rows with the same nearest seed the same block", () => {
    const related = relatedDemonstrations({ seeds: testSeeds, count: 5 });
    expect(related.nearestTo("Judge what is said about the bone.")).toBe(
      related.nearestTo("Name what is said about the bone number 7."),
    );
  });

  it("shows all seeds where there are fewer than asked for", () => {
    const two = testSeeds.slice(0, 2);
    expect(relatedDemonstrations({ seeds: two, count: 5 }).nearestTo("Name it.")).toHaveLength(2);
    expect(randomDemonstrations({ seeds: two, count: 5, key: [0] })).toHaveLength(2);
  });
});
