import { describe, expect, it } from "vitest";
import type { Session } from "../src/engine/engine.ts";
import { median } from "../src/report/median.ts";
import { roundRobin } from "../src/run/round-robin.ts";

/** An engine whose repetitions take the given seconds, in turn. */
const scripted = (name: string, log: string[], perRun: readonly number[]): Session => {
  let calls = 0;
  return {
    name,
    prepareSeconds: 0,
    end: () => Promise.resolve(undefined),
    turnTo: () => Promise.resolve(),
    run: (count) => {
      log.push(`${name}:${count}`);
      const each = perRun[Math.min(calls++, perRun.length - 1)] ?? 0;
      return Promise.resolve({ seconds: each * count, loss: calls });
    },
  };
};

describe("roundRobin", () => {
  it("lets engines take turns and reports medians", async () => {
    const log: string[] = [];
    const sessions = [
      scripted("a", log, [9, 0.5, 0.4, 0.6, 0.5]),
      scripted("b", log, [7, 0.25, 0.3, 0.2, 5]),
    ];
    const [a, b] = await roundRobin(sessions, 3);
    expect(log).toEqual(["a:1", "a:2", "b:1", "b:2", "a:1", "b:2", "a:1", "b:2", "a:1", "b:2"]);
    expect(a).toEqual({
      firstSeconds: 9,
      checkLoss: 2,
      seconds: 0.5,
      fastest: 0.4,
      engineSeconds: undefined,
    });
    expect(b).toMatchObject({ firstSeconds: 7, checkLoss: 2, seconds: 0.3, fastest: 0.2 });
  });

  it("goes on when an engine fails", async () => {
    const broken: Session = {
      ...scripted("broken", [], [1]),
      run: () => Promise.reject(new Error("out of memory")),
    };
    const [first, second] = await roundRobin([broken, scripted("a", [], [1])], 1);
    expect(first).toEqual({ failed: "out of memory" });
    expect(second).toMatchObject({ seconds: 1 });
  });
});

describe("median", () => {
  it("is the middle, or between the two middle values", () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([])).toBeNaN();
  });
});
