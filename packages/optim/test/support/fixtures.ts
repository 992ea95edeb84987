import { readFileSync } from "node:fs";
import { type DType, type Tensor, tensor } from "@adjoint/core";

/** An array in a fixture file. */
export type ArrayData = { readonly shape: readonly number[]; readonly data: readonly number[] };

type Values = Readonly<Record<string, readonly number[]>>;

/** A run of an optimizer in PyTorch or optax. */
export type Trajectory = {
  readonly name: string;
  readonly engine: "torch" | "optax";
  readonly options: { readonly [key: string]: unknown };
  readonly steps: readonly { readonly step: number; readonly params: Values }[];
};

/** A run of an optimizer with the settings of this package. */
export type Configured = {
  readonly name: string;
  readonly engine: "torch" | "optax" | "paper";
  readonly config: { readonly [key: string]: unknown };
  readonly steps: Trajectory["steps"];
  /** The parameters to evaluate, where those are others. */
  readonly eval?: Trajectory["steps"];
};

/** A table of a schedule with the settings of this package. */
export type OwnedSchedule = {
  readonly name: string;
  readonly engine: string;
  readonly config: { readonly [key: string]: unknown };
  readonly values: readonly (readonly [number, number])[];
};

/** The fixture file of this package. */
export type OptimFixture = {
  readonly pins: {
    readonly options: Readonly<Record<string, number>>;
    readonly initial: number[];
    readonly grads: number[][];
    readonly after: number[][];
  };
  readonly initial: Readonly<Record<string, ArrayData>>;
  readonly grads: readonly Values[];
  readonly trajectories: readonly Trajectory[];
  readonly configured: readonly Configured[];
  readonly ownedSchedules: readonly OwnedSchedule[];
  readonly clips: readonly {
    readonly grads: number[][];
    readonly maxNorm: number;
    readonly norm: number;
    readonly torch: number[][];
    readonly optax: number[][];
  }[];
  readonly schedules: readonly {
    readonly name: string;
    readonly style: string;
    readonly options: Readonly<Record<string, number>>;
    readonly values: readonly (readonly [number, number])[];
  }[];
};

/** What tools/fixtures/make_optim.py wrote. */
export const fixture = JSON.parse(
  readFileSync(new URL("../fixtures/optim.json", import.meta.url), "utf8"),
) as OptimFixture;

/** A dictionary of tensors with the shapes of the fixture's parameters. */
export const treeOf = (values: Values, dtype: DType): Readonly<Record<string, Tensor>> =>
  Object.fromEntries(
    Object.entries(fixture.initial).map(([name, { shape }]) => [
      name,
      tensor([...(values[name] ?? [])], { dtype }).reshape([...shape]),
    ]),
  );

/** Nine digits name a float32 exactly. */
const singles = (data: readonly number[]): readonly number[] => data.map(Math.fround);

/** The gradients of a step. */
export const gradsOf = (values: Values, dtype: DType): Readonly<Record<string, Tensor>> =>
  treeOf(
    Object.fromEntries(Object.entries(values).map(([name, data]) => [name, singles(data)])),
    dtype,
  );

/** The parameters at the start. */
export const initial = (dtype: DType): Readonly<Record<string, Tensor>> =>
  gradsOf(
    Object.fromEntries(Object.entries(fixture.initial).map(([name, { data }]) => [name, data])),
    dtype,
  );
