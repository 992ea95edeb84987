import { matmul, scan, type Tensor, zeros } from "@adjoint/core";
import { traceFunction } from "@adjoint/core/backend";
import { describe, expect, it } from "vitest";
import { workOf } from "../src/backend/work-of.ts";
import { processorCores } from "../src/runtime/processor-cores.ts";

const info = (siblings: number, cores: number): string =>
  [0, 1]
    .map((n) => `processor\t: ${n}\nsiblings\t: ${siblings}\ncpu cores\t: ${cores}\n`)
    .join("\n");

describe("cores that a process may use", () => {
  it("are fewer than its processors where these share cores", () => {
    expect(processorCores(info(8, 4), 8)).toBe(4);
    expect(processorCores(info(8, 4), 6)).toBe(3);
    expect(processorCores(info(2, 2), 2)).toBe(2);
    expect(processorCores(info(2, 1), 1)).toBe(1);
  });

  it("are unknown where the system does not say", () => {
    expect(processorCores("Processor: something else", 4)).toBeUndefined();
  });
});

const workIn = (fn: (...xs: readonly Tensor[]) => unknown, ...xs: readonly Tensor[]): number =>
  workOf(traceFunction("test", fn as never, xs as never).ir.eqns);

describe("the work of a program", () => {
  it("counts what is computed, and multiplications of products", () => {
    expect(workIn((x) => x?.exp(), zeros([3, 4]))).toBe(12);
    expect(workIn((a, b) => matmul(a ?? 0, b ?? 0), zeros([3, 4]), zeros([4, 5]))).toBe(60);
  });

  it("counts the turns of loops", () => {
    const step = (x: Tensor): readonly [Tensor, null] => [x.exp(), null];
    const once = workIn((x) => scan(step, x, null, { length: 1 })[0], zeros([10]));
    const often = workIn((x) => scan(step, x, null, { length: 21 })[0], zeros([10]));
    expect(often - once).toBe(200);
  });
});
