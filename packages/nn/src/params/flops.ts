import { makeIr } from "@adjoint/core";

type Ir = ReturnType<ReturnType<typeof makeIr>>;
type Program = Pick<Ir, "inputs" | "eqns" | "captures" | "outputs">;
type Eqn = Ir["eqns"][number];
type Variable = Eqn["outputs"][number];
type Atom = Eqn["inputs"][number];

/** Operations that pass on the elements of a parameter, and so the parameter's name. */
const movement: ReadonlySet<string> = new Set([
  "broadcastTo",
  "cast",
  "reshape",
  "slice",
  "stopGradient",
  "transpose",
]);

const sizeOf = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1);

const shapeOf = (atom: Atom | undefined): readonly number[] => atom?.aval.shape ?? [];

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

const isProgram = (value: unknown): value is Program =>
  isRecord(value) && Array.isArray(value["eqns"]) && Array.isArray(value["inputs"]);

const leftAxes = ({ params }: Eqn): readonly number[] => {
  const contract: unknown = Reflect.get(params, "contract");
  const left = isRecord(contract) ? contract["left"] : undefined;
  return Array.isArray(left) ? left.map(Number) : [];
};

/** Operations of a product: a multiplication and an addition for each pair. Others count 0. */
const flopsOf = (eqn: Eqn): number => {
  const [a, b, c] = eqn.inputs.map(shapeOf);
  const out = sizeOf(eqn.outputs[0]?.aval.shape ?? []);
  switch (eqn.primitive.name) {
    case "dotGeneral":
      return 2 * out * sizeOf(leftAxes(eqn).map((axis) => a?.[axis] ?? 1));
    case "conv":
      return 2 * out * sizeOf(b?.slice(1) ?? []);
    case "attention": {
      const rows = sizeOf(a?.slice(0, -1) ?? []); // queries of all heads
      return 2 * rows * (b?.at(-2) ?? 0) * ((a?.at(-1) ?? 0) + (c?.at(-1) ?? 0));
    }
    default:
      return 0;
  }
};

/** How often a program inside an equation runs. */
const timesOf = ({ primitive, params }: Eqn): number => {
  const length: unknown = Reflect.get(params, "length");
  return primitive.name === "scan" && typeof length === "number" ? length : 1;
};

const programsOf = ({ params }: Eqn): readonly Program[] =>
  Object.values(params).flatMap((value: unknown) =>
    Array.isArray(value) ? value.filter(isProgram) : isProgram(value) ? [value] : [],
  );

type Totals = Map<string, number>;

const count = (ir: Program, owners: readonly string[], times: number, totals: Totals): void => {
  const names = new Map<Variable, string>(ir.inputs.map((v, i) => [v, owners[i] ?? ""]));
  const nameOf = (atom: Atom): string => (atom.kind === "var" ? (names.get(atom) ?? "") : "");
  for (const eqn of ir.eqns) {
    const inputs = eqn.inputs.map(nameOf);
    const owner = inputs.find((name) => name !== "") ?? "";
    const flops = flopsOf(eqn) * times;
    if (flops > 0) totals.set(owner, (totals.get(owner) ?? 0) + flops);
    if (movement.has(eqn.primitive.name))
      for (const out of eqn.outputs) names.set(out, inputs[0] ?? "");
    for (const inner of programsOf(eqn)) count(inner, inputs, times * timesOf(eqn), totals);
  }
};

/**
 * Operations of the products, convolutions and attention that `run` takes, by the path of the parameter that they read;
 * those of none, such as attention's, under "".
 */
export const flopsByParameter = <P>(
  params: P,
  names: readonly string[],
  run: (params: P) => unknown,
): ReadonlyMap<string, number> => {
  const ir = makeIr(run)(params);
  const totals: Totals = new Map();
  count(ir, names, 1, totals);
  return totals;
};
