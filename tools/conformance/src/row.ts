import type { DType, Shape, Tensor } from "@adjoint/core";

/** An argument as plain data, so that each backend and each precision makes its own tensor of it. */
export type Arg = {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly data: readonly number[];
};

/** What a case runs, on as many tensors as the case has arguments. */
export type Program = (x: Tensor, y: Tensor, z: Tensor) => unknown;

/** How the examples of a batch differ: elements in another order, or every float scaled (keeps order and definiteness). */
export type Variation = "rotate" | "scale";

/** What JAX gave for a case. */
export type Reference = {
  readonly out: readonly Arg[];
  /** Per argument: gradient of the sum of the float results, each times cos(0), cos(1), ... */
  readonly grads: readonly (readonly number[] | null)[];
};

/** What a case has apart from a program and its arguments. */
export type CaseOptions = {
  /** Up to which order derivatives equal finite differences; 2 unless `why` says otherwise. */
  readonly order?: 0 | 1;
  /** Why `order` is lower than 2. */
  readonly why?: string;
  readonly vary?: Variation;
  /** Why half precision says nothing about this case. */
  readonly notInHalves?: string;
  /** Relative tolerance of float32 results on other backends, when conditioning asks for more than usual. */
  readonly tolerance?: { readonly value: number; readonly why: string };
  /** Nested arrays, or a tree of them, that the result must equal. */
  readonly expected?: unknown;
  readonly reference?: Reference;
};

/** One program at one set of arguments. */
export type Case = CaseOptions & {
  readonly label: string;
  readonly args: readonly Arg[];
  readonly run: Program;
};

/** Everything about one operation. */
export type Row = {
  /** Public name. */
  readonly name: string;
  /** Public functions the row stands for. */
  readonly functions: readonly string[];
  /** Primitives its programs must contain. */
  readonly primitives: readonly string[];
  readonly cases: readonly Case[];
};

/** A case. */
export const example = (
  label: string,
  args: readonly Arg[],
  run: Program,
  options: CaseOptions = {},
): Case => ({ label, args, run, ...options });

/** A row for the function of the same name. */
export const row = (
  name: string,
  primitives: readonly string[],
  cases: readonly Case[],
  functions: readonly string[] = [name],
): Row => ({ name, functions, primitives, cases });
