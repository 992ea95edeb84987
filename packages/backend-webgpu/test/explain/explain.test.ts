import { explain, explainWith } from "@adjoint/backend-webgpu";
import {
  ArgumentError,
  BackendError,
  jit,
  matmul,
  ones,
  scan,
  softmax,
  type Tensor,
  withBackend,
  zeros,
} from "@adjoint/core";
import { afterAll, describe, expect, it } from "vitest";
import { formatWgsl } from "../../src/explain/format-wgsl.ts";
import { softwareBackend } from "../support/software-backend.ts";

const backend = await softwareBackend();
afterAll(() => backend.dispose());

const [rows, columns] = [65, 17];
const double = (x: Tensor): Tensor => x.mul(2);

const on = <T>(fn: () => T): T => withBackend(backend, fn);

describe("explain", () => {
  it("tells what a kernel reads, writes and costs", () => {
    const report = on(() => explain(double, zeros([rows, columns])));
    const [kernel] = report.kernels;
    expect(report.name).toBe("double");
    expect(kernel?.operands).toMatchObject([
      { name: "a0", element: "f32", shape: [rows, columns], access: "read", place: "input 0" },
      { name: "a1", element: "f32", shape: [rows, columns], access: "write", place: "result 0" },
    ]);
    expect(kernel?.bytes).toBe(8 * rows * columns);
    expect(kernel?.workgroup).toBe(64);
    expect(kernel?.invocations).toBe((kernel?.grid[0] ?? 0) * 64);
    expect(kernel?.intensity).toBeCloseTo((kernel?.flops ?? 0) / (kernel?.bytes ?? 1));
  });

  it("counts memory, and state that is updated in place", () => {
    const x = zeros([rows, columns]);
    const bytes = 4 * rows * columns;
    const plain = on(() => explain(double, x)).totals;
    expect(plain).toMatchObject({ inputBytes: bytes, resultBytes: bytes, stateBytes: 0 });
    expect(plain.peakBytes).toBe(2 * bytes);
    const given = on(() => explainWith({ donateArgnums: [0] }, double, x)).totals;
    const whole = Math.ceil(bytes / 256) * 256; // bindings start at multiples of 256
    expect(given).toMatchObject({ inputBytes: 0, resultBytes: 0, stateBytes: whole });
    expect(given.peakBytes).toBe(whole);
  });

  it("counts turns of loops", () => {
    const loop = (x: Tensor): readonly [Tensor, unknown] =>
      scan((c: Tensor) => [c.mul(2).sum(0, { keepDims: true }).add(c), c] as const, x, undefined, {
        length: 5,
      });
    const report = on(() => explain(loop, ones([3, 4])));
    const scanned = report.steps.find((step) => step.kind === "loop");
    expect(scanned).toMatchObject({ name: "scan", turns: 5 });
    expect(report.totals.dispatches).toBeGreaterThan(report.totals.kernels);
    expect(String(report)).toContain("scan, 5 times:");
  });

  it("runs nothing and compiles nothing", () => {
    const { runtime } = backend;
    const before = { ...runtime.counts, pipelines: runtime.pipelines.count };
    const report = on(() => explain((x: Tensor) => softmax(x), zeros([3, 5])));
    expect(report.totals.pipelines).toBe(1);
    expect({ ...runtime.counts, pipelines: runtime.pipelines.count }).toEqual(before);
  });

  it("knows which shaders are compiled already", async () => {
    const f = (x: Tensor): Tensor => softmax(x.add(1));
    const x = zeros([4, 6]);
    expect(on(() => explain(f, x)).totals.pipelines).toBe(1);
    await on(() => jit(f)(x)).data();
    expect(on(() => explain(f, x)).totals.pipelines).toBe(0);
  });

  it("sees through jit", () => {
    const report = on(() => explain(jit(double), zeros([3])));
    expect(report.totals.kernels).toBe(1);
  });

  it("prints a table", () => {
    const project = (x: Tensor, w: Tensor): Tensor => matmul(x, w).add(1);
    const report = on(() => explain(project, zeros([8, 16]), zeros([16, 4])));
    const [name, head, row, , sums, memory] = String(report).split("\n");
    expect(name).toBe("project");
    expect(head).toMatch(/^kernel +reads -> writes +grid x workgroup +invocations +flops +bytes/);
    expect(row).toMatch(/^matmul_add .*f32\S*\[8,16\] .*-> f32\[8,4\]/);
    expect(sums).toMatch(/flops, .* moved/);
    expect(memory).toContain("scratch 0 B");
  });

  it("shows shaders that the device accepts as they are shown", async () => {
    const { kernels } = on(() => explain((x: Tensor) => softmax(x), zeros([3, 5])));
    const { gpu } = backend.device;
    for (const { wgsl, name } of kernels) {
      expect(wgsl.startsWith(`// ${name}\n//   a0: f32[3, 5], read, input 0\n`)).toBe(true);
      const module = gpu.createShaderModule({ code: wgsl });
      expect((await module.getCompilationInfo()).messages).toEqual([]);
    }
  });

  it("refuses another backend and arguments that are not there", () => {
    expect(() => explain(double, zeros([3]))).toThrow(BackendError);
    expect(() => on(() => explainWith({ donateArgnums: [1] }, double, zeros([3])))).toThrow(
      ArgumentError,
    );
  });
});

it("puts one statement on a line", () => {
  const code =
    "fn f(a: u32,\n  b: u32) -> u32 { for (var i = 0u; i < a; i++) { b(); } // why\nif (a) { return 1u; } else { return 2u; } }";
  expect(formatWgsl(code)).toBe(`fn f(a: u32, b: u32) -> u32 {
  for (var i = 0u; i < a; i++) {
    b();
  }
  // why
  if (a) {
    return 1u;
  } else {
    return 2u;
  }
}`);
});
