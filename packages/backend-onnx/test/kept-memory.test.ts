import * as A from "@adjoint/core";
import type { Tensor } from "@adjoint/core";
import { type HostTensors, loadSessionSync, type SyncSession } from "@adjoint/backend-onnx";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Keeper, KeptMemory } from "../src/backend/kept-memory.ts";
import { onnxBackend } from "../src/backend/onnx-backend.ts";

const keeperOf = (bytes: number) => {
  const keeper = { bytes, forgotten: 0, forget: () => void keeper.forgotten++ } satisfies Keeper & {
    forgotten: number;
  };
  return keeper;
};

describe("KeptMemory", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("has those give back that ran longest ago when there is too much", () => {
    const memory = new KeptMemory({ small: 0, limit: 10, idle: 1000 });
    const [a, b, c] = [keeperOf(4), keeperOf(4), keeperOf(5)];
    for (const keeper of [a, b, a, c]) memory.runs(keeper);
    expect([a, b, c].map((keeper) => keeper.forgotten)).toEqual([0, 1, 0]);
    expect(memory.bytes).toBe(9);
  });

  it("has those give back that have not run for a while, and no others", () => {
    const memory = new KeptMemory({ small: 0, limit: 100, idle: 1000 });
    const [idle, busy] = [keeperOf(4), keeperOf(4)];
    memory.runs(idle);
    for (let i = 0; i < 5; i++) {
      memory.runs(busy);
      vi.advanceTimersByTime(500);
    }
    expect([idle.forgotten, busy.forgotten, memory.bytes]).toEqual([1, 0, 4]);
    vi.advanceTimersByTime(3000);
    expect([busy.forgotten, memory.bytes, vi.getTimerCount()]).toEqual([1, 0, 0]);
  });
});

/** A backend on which every program is large, with what happens to its sessions. */
const watched = (limit: number) => {
  const log = { live: 0, loaded: 0, arrays: new Set<unknown>() };
  const load = (...args: Parameters<typeof loadSessionSync>): SyncSession => {
    const session = loadSessionSync(...args);
    log.live++;
    log.loaded++;
    return {
      ...session,
      run: (feeds: HostTensors, fetches: HostTensors) => {
        for (const { data } of Object.values(fetches)) log.arrays.add(data);
        session.run(feeds, fetches);
      },
      release: () => {
        log.live--;
        session.release();
      },
    };
  };
  const kept = { small: 0, limit, idle: 1e6 };
  return { log, backend: onnxBackend({ isSync: true, load, kept }, { threads: 1 }) };
};

const size = 1000;
const scaled = (factor: number) => A.jit((x: Tensor) => x.mul(factor).sin());

describe("programs that keep much", () => {
  it("do not add up, and give the same after their memory was given back", () => {
    const { log, backend } = watched(3 * 8 * size); // sin and its operand for three programs
    A.withBackend(backend, () => {
      const x = A.full([size], 0.5);
      const programs = Array.from({ length: 12 }, (_, i) => scaled(i));
      for (let round = 0; round < 2; round++)
        programs.forEach((program, i) => {
          expect(program(x).dataSync()[size - 1]).toBeCloseTo(Math.sin(0.5 * i), 6);
          expect(log.live).toBeLessThanOrEqual(4);
        });
      expect(log.loaded).toBe(24); // each anew in the second round
    });
  });

  it("are loaded once while they run again and again, and write to the arrays of disposed results", () => {
    const { log, backend } = watched(1e9);
    A.withBackend(backend, () => {
      const [x, program] = [A.full([size], 0.5), scaled(3)];
      for (let i = 0; i < 5; i++) program(x).dispose();
      expect([log.loaded, log.arrays.size]).toEqual([1, 1]);
      const [first, second] = [program(x), program(A.full([size], 0.25))];
      expect(first.dataSync()[0]).toBeCloseTo(Math.sin(1.5), 6);
      expect(second.dataSync()[0]).toBeCloseTo(Math.sin(0.75), 6);
      expect(log.arrays.size).toBe(2);
    });
  });

  it("give no array away that is shown under another shape", () => {
    const { backend } = watched(1e9);
    A.withBackend(backend, () => {
      const [x, program] = [A.full([size], 0.5), scaled(3)];
      const result = program(x);
      const shown = result.reshape([10, 100]);
      result.dispose();
      program(A.full([size], 0.25));
      expect(shown.dataSync()[0]).toBeCloseTo(Math.sin(1.5), 6);
    });
  });

  it("keep nothing when one alone is beyond the limit", () => {
    const { log, backend } = watched(10);
    A.withBackend(backend, () => {
      const [x, program] = [A.full([size], 0.5), scaled(3)];
      for (let i = 0; i < 3; i++) program(x).dispose();
      expect([log.loaded, log.arrays.size]).toEqual([1, 3]);
    });
  });

  it("copy no result that is written where it belongs", () => {
    const { backend } = watched(1e9);
    A.withBackend(backend, () => {
      const [x, program] = [A.full([size * size], 0.5), scaled(3)];
      program(x).dispose();
      const before = process.memoryUsage().arrayBuffers;
      for (let i = 0; i < 5; i++) program(x).dispose();
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * size * size);
    });
  });
});
