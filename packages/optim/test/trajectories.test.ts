import { createOnnxBackend } from "@adjoint/backend-onnx";
import { type DType, jit, referenceBackend, setBackend, type Tensor } from "@adjoint/core";
import { assertAllclose } from "@adjoint/core/testing";
import {
  applyUpdates,
  type EvaluatedTransformation,
  type GradientTransformation,
  type OptState,
  sam,
} from "@adjoint/optim";
import { afterEach, describe, expect, test } from "vitest";
import {
  type Configured,
  fixture,
  gradsOf,
  initial,
  type Trajectory,
  treeOf,
} from "./support/fixtures.ts";
import { configuredOf, optimizerOf } from "./support/optimizers.ts";

type Params = Readonly<Record<string, Tensor>>;

const onnx = await createOnnxBackend({ threads: 1 });
afterEach(() => {
  setBackend(referenceBackend);
});

const engines = [
  { name: "float64", dtype: "float64", backend: referenceBackend },
  { name: "float32", dtype: "float32", backend: referenceBackend },
  { name: "float32 on ONNX", dtype: "float32", backend: onnx },
] as const;

const isEvaluated = (o: GradientTransformation): o is EvaluatedTransformation => "evalParams" in o;

const square = (grads: Params): Params =>
  Object.fromEntries(Object.entries(grads).map(([name, g]) => [name, g.mul(g).mul(4)]));

/** The gradients that a row's optimizer gets at a step: those of the fixture, or sharpness-aware ones. */
const gradsAt = ({ name, config }: Configured, grads: Params, params: Params): Params =>
  name === "sam"
    ? sam(
        (p: Params): Params =>
          Object.fromEntries(Object.keys(p).map((k) => [k, cubic(grads[k], p[k])])),
        { rho: Number(config["rho"]) },
      )(params)
    : grads;

const cubic = (g: Tensor | undefined, p: Tensor | undefined): Tensor => {
  if (g === undefined || p === undefined) throw new Error("the trees differ");
  return g.add(p.pow(3).mul(0.1));
};

const stepOf = (row: Configured, optimizer: GradientTransformation) =>
  jit(
    (grads: Params, state: OptState, params: Params, withHessian: boolean) => {
      const extras = withHessian ? { hessian: square(grads) } : {};
      const [updates, next] = optimizer.update(gradsAt(row, grads, params), state, params, extras);
      const after = applyUpdates(params, updates);
      return [
        after,
        next,
        isEvaluated(optimizer) ? optimizer.evalParams(next, after) : null,
      ] as const;
    },
    { staticArgnums: [3] },
  );

type Steps = Trajectory["steps"];
type Tolerance = { readonly rtol: number; readonly atol: number };

const check = async (
  got: Params,
  { steps, at, dtype }: { readonly steps: Steps; readonly at: number; readonly dtype: DType },
  tolerance: Tolerance,
  isCompared: (name: string) => boolean = () => true,
): Promise<void> => {
  const expected = steps.find(({ step }) => step === at);
  if (expected === undefined) return;
  const of = (tree: Params): Params =>
    Object.fromEntries(Object.entries(tree).filter(([name]) => isCompared(name)));
  await assertAllclose(of(got), of(treeOf(expected.params, dtype)), tolerance);
};

const run = async (
  row: Configured,
  optimizer: GradientTransformation,
  { dtype, tolerance }: { readonly dtype: DType; readonly tolerance: Tolerance },
): Promise<void> => {
  const step = stepOf(row, optimizer);
  const every = Number(row.config["hessianEvery"] ?? Infinity);
  let params: Params = initial(dtype);
  let state = optimizer.init(params);
  // optax gives the rest of Muon to NAdamW, which is compared by its own rows
  const isCompared = (name: string): boolean => row.config["nadamRest"] !== true || name !== "bias";
  for (const [i, values] of fixture.grads.entries()) {
    let shown: Params | null;
    const hasHessian = i % every === 0;
    [params, state, shown] = step(gradsOf(values, dtype), state, params, hasHessian);
    await check(params, { steps: row.steps, at: i + 1, dtype }, tolerance, isCompared);
    if (row.eval !== undefined)
      await check(shown ?? {}, { steps: row.eval, at: i + 1, dtype }, tolerance);
  }
};

/**
 * PyTorch divides by norm + 1e-6 when it clips; schedules are float32, and doubles in optax. optax computes the decay of
 * Adafactor in float32, and adds 1e-8 to the norm in Muon.
 */
const exactness = ({ name, engine, config }: Configured): Tolerance => {
  if (engine === "optax" && name === "adafactor") return { rtol: 3e-7, atol: 3e-8 };
  if (engine === "optax" && name === "muon") return { rtol: 1e-7, atol: 1e-8 };
  if (typeof config["learningRate"] === "string" || config["warmupSteps"] !== undefined)
    return { rtol: 2e-6, atol: config["momentum"] === undefined ? 1e-7 : 5e-7 }; // it sums ten roundings of the rate
  return engine === "torch" && config["clip"] !== undefined
    ? { rtol: 1e-6, atol: 1e-7 }
    : { rtol: 1e-8, atol: 1e-9 };
};

const rows = [
  ...fixture.trajectories.map((row) => ({
    row: { ...row, config: row.options },
    optimizer: optimizerOf(row),
  })),
  ...fixture.configured.map((row) => ({ row, optimizer: configuredOf(row) })),
];

describe.each(engines)("30 steps agree in $name", ({ dtype, backend }) => {
  test.each(
    rows.map(
      ({ row, optimizer }) =>
        [`${row.name} of ${row.engine} ${JSON.stringify(row.config)}`, row, optimizer] as const,
    ),
  )("%s", async (_name, row, optimizer) => {
    setBackend(backend);
    const tolerance = dtype === "float64" ? exactness(row) : { rtol: 2e-5, atol: 2e-6 };
    await run(row, optimizer, { dtype, tolerance });
  });
});

test("every optimizer has a row", () => {
  const names = new Set(rows.map(({ row }) => row.name));
  expect([...names].sort()).toEqual([
    ...["adafactor", "adagrad", "adam", "adamw", "adaptiveClip", "amsgrad", "clipByBlockRms"],
    ...["ema", "emaParams", "lamb", "lion", "lookahead", "multiSteps", "muon", "nadam", "radam"],
    ...["rmsprop", "sam", "scheduleFreeAdamw", "scheduleFreeSgd", "sgd", "sophia"],
  ]);
});
