import {
  type KernelAxes,
  type KernelInput,
  type KernelProgram,
  KernelProgramError,
  type KernelStep,
  type KernelType,
  loadKernels,
} from "@adjoint/backend-onnx";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { detectKernelTarget } from "../src/wasm/load-kernels.ts";
import {
  binary,
  evaluateKernel,
  lengthOf,
  runKernel,
  unary,
  type Values,
} from "./kernel-reference.ts";

const whole: KernelAxes = { blocks: true, rows: true, columns: true };
const input = (dtype: KernelType, axes: KernelAxes = whole): KernelInput => ({ dtype, axes });
const plain = (inputs: readonly KernelType[], steps: readonly KernelStep[]): KernelProgram => ({
  inputs: inputs.map((dtype) => input(dtype)),
  steps,
  outputs: [{ value: inputs.length + steps.length - 1, axes: whole }],
});
const run = (program: KernelProgram, ...inputs: readonly Values[]): Values =>
  runKernel(loadKernels, program, [1, 1, inputs[0]!.length], inputs)[0]!;

const edges = [
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  1.5,
  2.5,
  -2.5,
  1e-45,
  -1e-40,
  2 ** -126,
  88.5,
  -87.5,
  -103,
  -104,
  89,
  3e38,
  -3e38,
  2 ** 31,
  -(2 ** 31),
  2 ** 32,
  Infinity,
  -Infinity,
  Number.NaN,
].map(Math.fround);
/** Numbers of many magnitudes, always the same ones. */
const numbers = [
  ...edges,
  ...Array.from({ length: 2000 }, (_, k) =>
    Math.fround(Math.sin(k * 12.9898) * 10 ** ((k % 12) - 6)),
  ),
];
const words = [
  0,
  1,
  -1,
  2,
  31,
  32,
  33,
  2 ** 31 - 1,
  -(2 ** 31),
  65537,
  -65536,
  ...Array.from({ length: 50 }, (_, k) => Math.imul(k, 0x9e3779b1)),
].map((x) => x | 0);

/** Distance in units in the last place of the float32 that `want` rounds to. */
function ulps(got: number, want: number): number {
  const rounded = Math.fround(want);
  if (Object.is(got, rounded) || (Number.isNaN(got) && Number.isNaN(rounded))) return 0;
  if (!Number.isFinite(rounded) || !Number.isFinite(got) || Object.is(got, -rounded))
    return Infinity;
  return (
    Math.abs(got - want) / Math.max(2 ** (Math.floor(Math.log2(Math.abs(rounded))) - 23), 2 ** -149)
  );
}

describe("float32 operations", () => {
  const exact = { neg: 0, abs: 0, floor: 0, ceil: 0, round: 0, truncate: 0, sqrt: 0.5, rsqrt: 1.5 };
  const close = { exp: 1.1, log: 1, tanh: 1.5, erf: 1.5, logistic: 2.5 };
  const targets = detectKernelTarget().fusedMultiplyAdd ? [false, true] : [false];
  for (const fusedMultiplyAdd of targets) {
    it.each(Object.entries({ ...exact, ...close }))(
      `%s is within %d ulp, fused ${fusedMultiplyAdd}`,
      (op, bound) => {
        const program = plain(["float32"], [{ op: op as "exp", args: [0] }]);
        const got = runKernel(
          (memory, programs) => loadKernels(memory, programs, { fusedMultiplyAdd }),
          program,
          [1, 1, numbers.length],
          [numbers],
        )[0]!;
        const worst = numbers
          .map((x, k) => ({ x, got: got[k]!, error: ulps(got[k]!, unary[op]!(x)) }))
          .filter(({ error }) => error > bound);
        // logistic is 0 where its exponential overflows, the rounded value being subnormal.
        expect(worst.filter(({ x }) => op !== "logistic" || x > -88)).toEqual([]);
      },
    );
  }

  it.each([
    "add",
    "sub",
    "mul",
    "div",
    "max",
    "min",
    "equal",
    "notEqual",
    "less",
    "lessEqual",
    "greater",
    "greaterEqual",
  ] as const)("%s rounds once", (op) => {
    const pairs = edges.flatMap((x) => edges.map((y) => [x, y] as const));
    const [x, y] = [pairs.map(([left]) => left), pairs.map(([, right]) => right)];
    const got = run(plain(["float32", "float32"], [{ op, args: [0, 1] }]), x, y);
    expect(got).toEqual(
      pairs.map(([left, right]) => Math.fround(binary(op, "float32", left, right))),
    );
  });

  it("gives an element the same bits wherever it stands", () => {
    const program = plain(
      ["float32"],
      [
        { op: "erf", args: [0] },
        { op: "exp", args: [1] },
      ],
    );
    const all = run(program, numbers);
    for (let length = 1; length <= 9; length++)
      expect(run(program, numbers.slice(30, 30 + length))).toEqual(all.slice(30, 30 + length));
  });
});

describe("integer and bool operations", () => {
  const two = [
    "add",
    "sub",
    "mul",
    "max",
    "min",
    "and",
    "or",
    "xor",
    "equal",
    "notEqual",
    "less",
    "lessEqual",
    "greater",
    "greaterEqual",
  ] as const;
  const unsigned = words.map((word) => word >>> 0);
  for (const [dtype, values] of [
    ["int32", words],
    ["uint32", unsigned],
  ] as const) {
    it.each(two)(`%s of ${dtype}`, (op) => {
      const pairs = values.flatMap((x) => values.map((y) => [x, y] as const));
      const inputs = [pairs.map(([x]) => x), pairs.map(([, y]) => y)];
      const program = plain([dtype, dtype], [{ op, args: [0, 1] }]);
      expect(run(program, ...inputs)).toEqual(
        evaluateKernel(program, [1, 1, pairs.length], inputs)[0],
      );
    });

    it.each(["neg", "abs", "not"] as const)(`%s of ${dtype}`, (op) => {
      const program = plain([dtype], [{ op, args: [0] }]);
      expect(run(program, values)).toEqual(
        evaluateKernel(program, [1, 1, values.length], [values])[0],
      );
    });

    it.each(["shiftLeft", "shiftRightLogical", "shiftRightArithmetic"] as const)(
      `%s of ${dtype} by any amount`,
      (op) => {
        for (const amount of [0, 1, 13, 31, 32, 33, 2 ** 31]) {
          const program = plain(
            [dtype],
            [
              { op: "constant", dtype, value: amount },
              { op, args: [0, 1] },
            ],
          );
          expect(run(program, values)).toEqual(
            evaluateKernel(program, [1, 1, values.length], [values])[0],
          );
        }
      },
    );
  }

  it.each([1, 2, 3, 4, 5, 7, 8, 11])("reads and writes %d bools", (length) => {
    const x = Array.from({ length }, (_, k) => (k % 3) & 1);
    const y = Array.from({ length }, (_, k) => (k >> 1) & 1);
    for (const op of ["and", "or", "xor", "equal", "notEqual"] as const) {
      const program = plain(["bool", "bool"], [{ op, args: [0, 1] }]);
      expect(run(program, x, y)).toEqual(evaluateKernel(program, [1, 1, length], [x, y])[0]);
    }
    expect(run(plain(["bool"], [{ op: "not", args: [0] }]), x)).toEqual(x.map((bit) => 1 - bit));
  });

  it("selects, for every type", () => {
    const mask = numbers.map((_, k) => k & 1);
    for (const dtype of ["float32", "int32", "uint32", "bool"] as const) {
      const [x, y] = [
        numbers.map((_, k) => (dtype === "bool" ? k & 1 : k)),
        numbers.map((_, k) => (dtype === "bool" ? 1 : k * 7)),
      ];
      const program = plain(["bool", dtype, dtype], [{ op: "select", args: [0, 1, 2] }]);
      expect(run(program, mask, x, y)).toEqual(mask.map((bit, k) => (bit === 1 ? x[k] : y[k])));
    }
  });

  it("converts between all types", () => {
    const samples = { float32: edges, int32: words, uint32: unsigned, bool: [0, 1, 1, 0, 1] };
    const types = ["float32", "int32", "uint32", "bool"] as const;
    for (const from of types) {
      for (const to of types) {
        const program = plain([from], [{ op: "convert", dtype: to, args: [0] }]);
        expect(run(program, samples[from]), `${from} to ${to}`).toEqual(
          evaluateKernel(program, [1, 1, samples[from].length], [samples[from]])[0],
        );
      }
    }
  });

  it("reads bits as another type", () => {
    expect(
      run(plain(["float32"], [{ op: "bitcast", dtype: "uint32", args: [0] }]), [1, -0]),
    ).toEqual([0x3f800000, 0x80000000]);
    expect(
      run(plain(["int32"], [{ op: "bitcast", dtype: "float32", args: [0] }]), [0x40490fdb]),
    ).toEqual([Math.fround(Math.PI)]);
  });
});

const flags = [false, true];
const everyAxes: readonly KernelAxes[] = flags.flatMap((blocks) =>
  flags.flatMap((rows) => flags.map((columns) => ({ blocks, rows, columns }))),
);
const ramp = (length: number): Values => Array.from({ length }, (_, k) => ((k * 7) % 23) - 11);

describe("axes", () => {
  const shape = [2, 3, 6] as const;

  it.each(everyAxes)("broadcasts an input along the axes it lacks: %o", (axes) => {
    for (const dtype of ["float32", "bool"] as const) {
      const program: KernelProgram = {
        inputs: [input("float32"), input(dtype, axes)],
        steps: [
          { op: "convert", dtype: "float32", args: [1] },
          { op: "sub", args: [0, 2] },
        ],
        outputs: [{ value: 3, axes: whole }],
      };
      const small = ramp(lengthOf(axes, shape)).map((x) => (dtype === "bool" ? x & 1 : x));
      const inputs = [ramp(36), small];
      expect(runKernel(loadKernels, program, shape, inputs)).toEqual(
        evaluateKernel(program, shape, inputs),
      );
    }
  });

  it.each(everyAxes)("sums an output along the axes it lacks: %o", (axes) => {
    const steps: readonly KernelStep[] = axes.columns
      ? [{ op: "neg", args: [0] }]
      : [{ op: "rowSum", args: [0] }];
    const program: KernelProgram = {
      inputs: [input("float32")],
      steps,
      outputs: [{ value: 1, axes }],
    };
    expect(runKernel(loadKernels, program, shape, [ramp(36)])).toEqual(
      evaluateKernel(program, shape, [ramp(36)]),
    );
  });

  it("counts columns", () => {
    const program: KernelProgram = {
      inputs: [input("int32")],
      steps: [{ op: "columnIndex" }, { op: "add", args: [0, 1] }],
      outputs: [{ value: 2, axes: whole }],
    };
    expect(runKernel(loadKernels, program, [1, 2, 6], [Array(12).fill(10)])[0]).toEqual([
      10, 11, 12, 13, 14, 15, 10, 11, 12, 13, 14, 15,
    ]);
  });

  it.each([
    [0, 3, 4],
    [2, 0, 4],
    [2, 3, 0],
  ] as const)("does nothing but clear sums over no elements: %d, %d, %d", (...empty) => {
    const program: KernelProgram = {
      inputs: [input("float32")],
      steps: [],
      outputs: [{ value: 0, axes: { blocks: false, rows: false, columns: true } }],
    };
    expect(runKernel(loadKernels, program, empty, [[]])[0]).toEqual(Array(empty[2]).fill(0));
  });
});

describe("row reductions", () => {
  it.each([1, 3, 4, 7, 65])("computes softmax of %d columns", (columns) => {
    const program: KernelProgram = {
      inputs: [input("float32")],
      steps: [
        { op: "rowMax", args: [0] },
        { op: "sub", args: [0, 1] },
        { op: "exp", args: [2] },
        { op: "rowSum", args: [3] },
        { op: "div", args: [3, 4] },
      ],
      outputs: [{ value: 5, axes: whole }],
    };
    const x = ramp(columns * 3);
    const got = runKernel(loadKernels, program, [1, 3, columns], [x])[0]!;
    evaluateKernel(program, [1, 3, columns], [x])[0]!.forEach((want, k) =>
      expect(ulps(got[k]!, want)).toBeLessThan(8),
    );
  });

  it("propagates NaN through max, min and sum, and starts max and min from no element", () => {
    const axes: KernelAxes = { blocks: true, rows: true, columns: false };
    const program: KernelProgram = {
      inputs: [input("float32")],
      steps: [
        { op: "rowMax", args: [0] },
        { op: "rowMin", args: [0] },
        { op: "rowSum", args: [0] },
      ],
      outputs: [1, 2, 3].map((value) => ({ value, axes })),
    };
    for (const place of [0, 3, 4]) {
      const row = [-5, -6, -7, -8, -9].map((x, k) => (k === place ? Number.NaN : x));
      expect(runKernel(loadKernels, program, [1, 1, 5], [row])).toEqual([
        [Number.NaN],
        [Number.NaN],
        [Number.NaN],
      ]);
    }
    expect(runKernel(loadKernels, program, [1, 1, 5], [[-5, -6, -7, -8, -9]])).toEqual([
      [-5],
      [-9],
      [-35],
    ]);
  });

  it("computes layer norm backward, three outputs in one call", () => {
    const row: KernelAxes = { blocks: true, rows: true, columns: false };
    const column: KernelAxes = { blocks: false, rows: false, columns: true };
    const program: KernelProgram = {
      inputs: [
        input("float32"),
        input("float32"),
        input("float32", column),
        input("float32", row),
        input("float32", row),
      ],
      steps: [
        { op: "sub", args: [0, 3] },
        { op: "mul", args: [5, 4] }, // 6: normalized
        { op: "mul", args: [1, 2] }, // 7: gradient of it
        { op: "rowSum", args: [7] },
        { op: "mul", args: [7, 6] },
        { op: "rowSum", args: [9] },
        { op: "constant", dtype: "float32", value: 1 / 6 },
        { op: "mul", args: [8, 11] },
        { op: "mul", args: [10, 11] },
        { op: "sub", args: [7, 12] },
        { op: "mul", args: [6, 13] },
        { op: "sub", args: [14, 15] },
        { op: "mul", args: [16, 4] },
        { op: "mul", args: [1, 6] },
      ],
      outputs: [
        { value: 17, axes: whole },
        { value: 18, axes: column },
        { value: 1, axes: column },
      ],
    };
    const inputs = [
      ramp(24),
      ramp(24).map((x) => x / 3),
      ramp(6),
      [0.5, 1, -1, 2],
      [0.1, 0.2, 0.15, 0.3],
    ].map((values) => values.map(Math.fround));
    const got = runKernel(loadKernels, program, [1, 4, 6], inputs);
    evaluateKernel(program, [1, 4, 6], inputs).forEach((want, k) =>
      want.forEach((value, at) => expect(got[k]![at]).toBeCloseTo(value, 4)),
    );
  });
});

describe("programs", () => {
  it("agree with one element at a time, whatever they compute", () => {
    const ops = ["add", "sub", "mul", "max", "min", "equal", "less", "greaterEqual"] as const;
    const stepAt = (count: number) =>
      fc.record({
        op: fc.constantFrom(...ops),
        args: fc.tuple(fc.nat(count - 1), fc.nat(count - 1)),
        flip: fc.boolean(),
      });
    const programs = fc
      .integer({ min: 1, max: 12 })
      .chain((count) => fc.tuple(...Array.from({ length: count }, (_, k) => stepAt(k * 2 + 2))));
    fc.assert(
      fc.property(
        programs,
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 9 }),
        (drawn, rows, columns) => {
          const column: KernelAxes = { blocks: false, rows: false, columns: true };
          // Every drawn step is followed by a conversion, so that all values are float32 and any may be an argument.
          const steps = drawn.flatMap(({ op, args, flip }, k): readonly KernelStep[] => {
            const made = k * 2 + 2;
            const known = args.map((arg) => (arg < 2 ? arg : arg % 2 === 1 ? arg : arg + 1)) as [
              number,
              number,
            ];
            return [
              { op, args: flip ? [known[1], known[0]] : known },
              { op: "convert", dtype: "float32", args: [made] },
            ];
          });
          const program: KernelProgram = {
            inputs: [input("float32"), input("float32", column)],
            steps,
            outputs: [
              { value: steps.length + 1, axes: whole },
              { value: 0, axes: whole },
            ],
          };
          const inputs = [numbers.slice(0, rows * columns), numbers.slice(40, 40 + columns)];
          expect(runKernel(loadKernels, program, [1, rows, columns], inputs)).toEqual(
            evaluateKernel(program, [1, rows, columns], inputs),
          );
        },
      ),
      { numRuns: 150 },
    );
  });

  it("update parameters in place: AdamW follows float64 over 40 steps", () => {
    const scalar: KernelAxes = { blocks: false, rows: false, columns: false };
    const constants = [0.9, 0.1, 0.99, 0.01, 1e-8, 0.1].map((value): KernelStep => ({
      op: "constant",
      dtype: "float32",
      value,
    }));
    const adamw: KernelProgram = {
      // p, m, v, g; learning rate, 1 / (1 - b1^t), 1 / (1 - b2^t); then the constants from 7 on
      inputs: [
        ...Array.from({ length: 4 }, () => input("float32")),
        ...Array.from({ length: 3 }, () => input("float32", scalar)),
      ],
      steps: [
        ...constants,
        { op: "mul", args: [1, 7] },
        { op: "mul", args: [3, 8] },
        { op: "add", args: [13, 14] }, // 15: m
        { op: "mul", args: [2, 9] },
        { op: "mul", args: [3, 3] },
        { op: "mul", args: [17, 10] },
        { op: "add", args: [16, 18] }, // 19: v
        { op: "mul", args: [19, 6] },
        { op: "sqrt", args: [20] },
        { op: "add", args: [21, 11] },
        { op: "mul", args: [15, 5] },
        { op: "div", args: [23, 22] },
        { op: "mul", args: [0, 12] },
        { op: "add", args: [24, 25] },
        { op: "mul", args: [26, 4] },
        { op: "sub", args: [0, 27] },
      ],
      outputs: [
        { value: 28, axes: whole },
        { value: 15, axes: whole },
        { value: 19, axes: whole },
      ],
    };
    const n = 7;
    const memory = new WebAssembly.Memory({ initial: 1 });
    const { step } = loadKernels(memory, { step: adamw });
    const array = (k: number): Float32Array => new Float32Array(memory.buffer, k * 64, n);
    const [p, m, v, g, scalars] = [array(0), array(1), array(2), array(3), array(4)];
    p.set(ramp(n).map((x) => x / 10));
    const [exactP, exactM, exactV] = [[...p], Array<number>(n).fill(0), Array<number>(n).fill(0)];
    for (let t = 1; t <= 40; t++) {
      const gradient = ramp(n).map((x, k) => Math.fround(Math.sin(x + t * (k + 1)) * 3));
      g.set(gradient);
      scalars.set([0.01, 1 / (1 - 0.9 ** t), 1 / (1 - 0.99 ** t)]);
      step(1, 1, n, 0, 64, 128, 192, 256, 260, 264, 0, 64, 128);
      for (let k = 0; k < n; k++) {
        exactM[k] = 0.9 * exactM[k]! + 0.1 * gradient[k]!;
        exactV[k] = 0.99 * exactV[k]! + 0.01 * gradient[k]! ** 2;
        const update =
          exactM[k]! / (1 - 0.9 ** t) / (Math.sqrt(exactV[k]! / (1 - 0.99 ** t)) + 1e-8);
        exactP[k]! -= 0.01 * (update + 0.1 * exactP[k]!);
      }
    }
    exactP.forEach((want, k) => expect(p[k]).toBeCloseTo(want, 5));
    exactV.forEach((want, k) => expect(v[k]).toBeCloseTo(want, 5));
    expect(Math.abs(m[0]! - exactM[0]!)).toBeLessThan(1e-6);
  });

  it.each<[string, KernelProgram]>([
    [
      "add takes arguments of one type among float32, int32, uint32, got float32, int32",
      plain(["float32", "int32"], [{ op: "add", args: [0, 1] }]),
    ],
    [
      "exp takes arguments of one type among float32, got int32",
      plain(["int32"], [{ op: "exp", args: [0] }]),
    ],
    [
      "select takes a bool and two values of one type, got float32",
      plain(["float32"], [{ op: "select", args: [0, 0, 0] }]),
    ],
    [
      "add must read an earlier value, got 5 of 1",
      plain(["float32"], [{ op: "add", args: [0, 5] }]),
    ],
    [
      "the amount of shiftLeft must not vary along a row",
      plain(["int32"], [{ op: "shiftLeft", args: [0, 0] }]),
    ],
    ["bitcast must keep 32 bits", plain(["int32"], [{ op: "bitcast", dtype: "bool", args: [0] }])],
    [
      "reduce it with rowSum first",
      {
        inputs: [input("float32")],
        steps: [],
        outputs: [{ value: 0, axes: { blocks: true, rows: true, columns: false } }],
      },
    ],
    [
      "only float32 outputs are summed over rows or blocks, got int32",
      {
        inputs: [input("int32")],
        steps: [],
        outputs: [{ value: 0, axes: { blocks: true, rows: false, columns: true } }],
      },
    ],
  ])("are refused: %s", (message, program) => {
    const load = () => loadKernels(new WebAssembly.Memory({ initial: 1 }), { program });
    expect(load).toThrow(KernelProgramError);
    expect(load).toThrow(message);
  });
});
