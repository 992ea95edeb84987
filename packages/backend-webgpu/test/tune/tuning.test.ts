import {
  createWebgpuBackend,
  explain,
  type TuningOptions,
  type TuningTable,
  type WebgpuBackend,
} from "@adjoint/backend-webgpu";
import {
  jit,
  matmul,
  referenceBackend,
  type Tensor,
  tensor,
  withBackend,
  zeros,
} from "@adjoint/core";
import { type Backend, traceFunction } from "@adjoint/core/backend";
import { afterAll, describe, expect, it, vi } from "vitest";
import { WebgpuExecutable } from "../../src/run/executable.ts";
import { softwareGpu } from "../support/software-gpu.ts";

const made: WebgpuBackend[] = [];
afterAll(() => made.forEach((backend) => backend.dispose()));

const backendWith = async (tuning?: TuningOptions): Promise<WebgpuBackend> => {
  const backend = await createWebgpuBackend({
    gpu: softwareGpu(),
    ...(tuning === undefined ? {} : { tuning }),
  });
  made.push(backend);
  return backend;
};

/** Enough multiplications for two ways to be worth timing on the software adapter. */
const n = 257;

const numbers = (seed: number): Tensor =>
  tensor(Float32Array.from({ length: n * n }, (_, i) => Math.sin(i * 12.9898 + seed))).reshape([
    n,
    n,
  ]);

const project = (x: Tensor, w: Tensor): Tensor => matmul(x, w).add(1);
const args = [numbers(1), numbers(2)] as const;
const run = async (on: Backend, fn = project): Promise<readonly number[]> =>
  Array.from(await withBackend(on, () => jit(fn)(...args)).data(), Number);
const want = run(referenceBackend);

const expectClose = async (got: readonly number[]): Promise<void> => {
  const reference = await want;
  const worst = got.reduce((most, x, i) => Math.max(most, Math.abs(x - (reference[i] ?? NaN))), 0);
  expect(worst).toBeLessThan(1e-4);
};

const eager = { mode: "on", smallest: 2 ** 20, budgetMs: 60_000 } as const;
const kernelOf = (backend: WebgpuBackend) =>
  withBackend(backend, () => explain(project, ...args)).kernels[0];
const choicesIn = (table: TuningTable | undefined): readonly (readonly [string, string])[] =>
  Object.values(table ?? {}).flatMap((choices) => Object.entries(choices));

/** The ways that are timed for the product of these tests. */
const passing = (columns: number, unroll: number): string =>
  `registers columns=${columns} groupColumns=4 groupRows=1 pass=true rows=16 unroll=${unroll}`;
const ways = [passing(4, 2), passing(8, 1)];

describe("tuning", () => {
  it("takes one of the candidates, and results stay right", async () => {
    const tables: TuningTable[] = [];
    const backend = await backendWith({ ...eager, save: (table) => void tables.push(table) });
    await expectClose(await run(backend));
    await backend.tuned();
    await expectClose(await run(backend));
    expect(tables).toHaveLength(1);
    const [choice, ...others] = choicesIn(tables[0]);
    expect(others).toEqual([]);
    expect(choice?.[0]).toMatch(/^f32 1x384x384x384 /);
    expect(ways).toContain(choice?.[1]);
  });

  it("times a kind of product once", async () => {
    const tables: TuningTable[] = [];
    const backend = await backendWith({ ...eager, save: (table) => void tables.push(table) });
    await Promise.all([run(backend), run(backend, (x, w) => project(x, w))]);
    await backend.tuned();
    const { count } = backend.runtime.pipelines;
    await expectClose(await run(backend, (x, w) => project(x, w)));
    await backend.tuned();
    expect(tables).toHaveLength(1);
    // the program in its final form may be compiled still; no candidates are
    expect(backend.runtime.pipelines.count - count).toBeLessThanOrEqual(1);
  });

  it("reads a saved table back", async () => {
    let saved: TuningTable = {};
    const first = await backendWith({
      ...eager,
      save: (table) => {
        saved = table;
      },
    });
    await run(first);
    await first.tuned();
    const plain = kernelOf(await backendWith());
    for (const way of ways) {
      const table = Object.fromEntries(
        Object.entries(saved).map(([adapter, choices]) => [
          adapter,
          Object.fromEntries(Object.keys(choices).map((name) => [name, way])),
        ]),
      );
      const written: unknown = JSON.parse(JSON.stringify(table));
      let saves = 0;
      const backend = await backendWith({
        ...eager,
        load: async () => written as TuningTable,
        save: () => void saves++,
      });
      if (way === ways[0]) expect(kernelOf(backend)?.grid).toEqual(plain?.grid);
      else expect(kernelOf(backend)?.grid).not.toEqual(plain?.grid);
      await expectClose(await run(backend));
      await backend.tuned();
      expect(saves).toBe(0);
    }
  });

  it("goes on with the best guess where a table makes no sense", async () => {
    const adapter = "Google swiftshader";
    for (const table of [null, [], { [adapter]: 3 }, { [adapter]: { x: {} } }]) {
      const backend = await backendWith({ ...eager, load: () => table as never });
      expect(kernelOf(backend)?.name).toBe("matmul_add");
    }
  });

  it("warns of a table that cannot be read, and finds choices anew", async () => {
    const onWarning = vi.fn();
    const load = () => JSON.parse('{"Google swift') as TuningTable; // a file cut off
    const tables: TuningTable[] = [];
    const save = (table: TuningTable) => void tables.push(table);
    const backend = await backendWith({ ...eager, load, save, onWarning });
    expect(onWarning.mock.calls).toEqual([[expect.stringMatching(/^tuning: .*SyntaxError/)]]);
    await expectClose(await run(backend));
    await backend.tuned();
    expect(tables).toHaveLength(1);
  });

  it("stops when there is no time", async () => {
    let saves = 0;
    const backend = await backendWith({ ...eager, budgetMs: 0, save: () => void saves++ });
    await expectClose(await run(backend));
    await backend.tuned();
    expect(saves).toBe(0);
  });

  it("is off for software adapters unless asked for", async () => {
    const backend = await backendWith();
    await run(backend);
    await backend.tuned();
    expect(backend.runtime.pipelines.count).toBe(1);
    expect(backend.runtime.counts.dispatches).toBe(1);
  });
});

it("times products on GPUs without being asked, those that are split and halves included", async () => {
  const tables: TuningTable[] = [];
  const backend = await createWebgpuBackend({
    gpu: softwareGpu("null"), // has every feature, and computes nothing
    tuning: { save: (table) => void tables.push(table), budgetMs: 60_000 },
  });
  made.push(backend);
  const grams = (x: Tensor, y: Tensor) => [
    matmul(x.transpose([1, 0]), x),
    matmul(y, y.transpose([1, 0])),
  ];
  const program = jit(grams);
  const once = async (): Promise<void> => {
    const inputs = [zeros([8192, 128]), zeros([512, 256], { dtype: "float16" })] as const;
    const results = withBackend(backend, () => program(...inputs));
    await Promise.all(results.map((y) => y.data()));
  };
  await once();
  await backend.tuned();
  await once();
  expect(choicesIn(tables.at(-1)).map(([name]) => name.split(" ").slice(0, 2).join(" "))).toEqual([
    "f32 1x128x128x8192",
    "f32 1x512x512x256",
  ]);
});

it("goes on with other kernels between runs", async () => {
  const backend = await backendWith({ mode: "off" });
  const { ir } = traceFunction("test", project, [...args]);
  const executable = backend.compile(ir, { donated: [true, false] });
  if (!(executable instanceof WebgpuExecutable)) throw new TypeError("not an executable of WebGPU");
  const buffers = async () => {
    const data = await Promise.all(args.map((x) => x.data()));
    const shape = { shape: [n, n], dtype: "float32" } as const;
    return data.map((own) => backend.fromHost({ ...shape, data: Float32Array.from(own, Number) }));
  };
  const [first, second] = [await buffers(), await buffers()];
  const before = executable.run(first);
  const other = backend.plan(ir, { donated: [false, false] });
  await executable.adopt(() => other);
  expect(executable.program).toBe(other);
  const after = executable.run(second);
  for (const [result] of [before, after])
    await expectClose(Array.from((await result?.read())?.data ?? [], Number));
  executable.dispose();
  await executable.adopt(() => other); // too late, and no harm
});
