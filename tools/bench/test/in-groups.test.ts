import { describe, expect, it } from "vitest";
import { inGroups } from "../src/engine/in-groups.ts";

describe("inGroups", () => {
  it("finishes eight calls at a time and gives the last value", async () => {
    let calls = 0;
    const groups: number[] = [];
    const outcome = await inGroups(
      19,
      () => ++calls,
      (results) => {
        groups.push(results.length);
        return Promise.resolve(results.at(-1) ?? 0);
      },
    );
    expect(groups).toEqual([8, 8, 3]);
    expect(outcome).toEqual({ loss: 19 });
  });
});
