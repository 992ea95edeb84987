import { type Atom, type Eqn, type Ir, isFloat, sizeOf, type Var } from "@adjoint/core/backend";
import { numberParam } from "@adjoint/core/passes";
import { extentOf, isFusible } from "./fusible.ts";

/** Elementwise operations that a kernel of random words takes along: cheap ones, exact to the last bit on every engine. */
const followers: ReadonlySet<string> = new Set([
  ...["and", "or", "xor", "shiftLeft", "shiftRightLogical"],
  ...["add", "sub", "mul", "max", "min", "cast", "reshape"],
  ...["equal", "notEqual", "less", "lessEqual", "greater", "greaterEqual"],
]);

/** Whether an equation draws random words. */
export const isThreefry = ({ primitive }: Eqn): boolean => primitive.name === "threefry2x32";

const shifts: ReadonlySet<string> = new Set(["shiftLeft", "shiftRightLogical"]);

/** Whether a kernel can compute an equation; it shifts all elements by one number. */
const hasKernel = (eqn: Eqn): boolean =>
  shifts.has(eqn.primitive.name)
    ? eqn.inputs[0]?.kind === "var" && eqn.inputs[1]?.kind === "literal"
    : isFusible(eqn);

/** Whether an equation works, element by element, on what `origins` names and on numbers alone. */
const follows = (eqn: Eqn, origins: ReadonlyMap<Var, Eqn>): boolean => {
  const { primitive, inputs } = eqn;
  const made = new Set(inputs.flatMap((a) => (a.kind === "var" ? [origins.get(a)] : [])));
  return (
    followers.has(primitive.name) &&
    made.size === 1 &&
    !made.has(undefined) &&
    inputs.every((a) => a.kind === "literal" || sizeOf(a.aval.shape) === extentOf(eqn)) &&
    hasKernel(eqn)
  );
};

/** For each name that random words alone make, the equation that draws them. */
export const randomOrigins = (eqns: readonly Eqn[]): ReadonlyMap<Var, Eqn> => {
  const origins = new Map<Var, Eqn>();
  for (const eqn of eqns) {
    if (!isThreefry(eqn) && !follows(eqn, origins)) continue;
    const [origin = eqn] = eqn.inputs.flatMap((a) =>
      a.kind === "var" && !isThreefry(eqn) ? (origins.get(a) ?? []) : [],
    );
    for (const v of eqn.outputs) origins.set(v, origin);
  }
  return origins;
};

/** Whether an equation counts the elements of its result; as counters these need not be in memory. */
export const isCounting = ({ primitive, params, outputs }: Eqn): boolean => {
  if (primitive.name !== "iota") return false;
  const axis = numberParam(params, "axis");
  return outputs[0]?.aval.shape.every((size, i) => size === 1 || i === axis) === true;
};

/** The names that only the drawing of random words reads. */
const readByWordsAlone = (ir: Ir): ReadonlySet<Atom> => {
  const elsewhere = new Set(ir.eqns.filter((e) => !isThreefry(e)).flatMap((e) => e.inputs));
  for (const atom of ir.outputs) elsewhere.add(atom);
  const read = ir.eqns.filter(isThreefry).flatMap((e) => e.inputs);
  return new Set(read.filter((a) => !elsewhere.has(a)));
};

/** Elements up to which whole numbers on the way to a key are worked out on the host. */
const smallest = 4096;

const isSmall = ({ aval }: Atom): boolean => !isFloat(aval.dtype) && sizeOf(aval.shape) <= smallest;

const hasBody = ({ params }: Eqn): boolean =>
  "body" in params || "branches" in params || "cond" in params;

/** Equations that only inputs and constants of the program lead to, with whole numbers, few of them. */
const earlyOf = (ir: Ir, known: Set<Var>): ReadonlySet<Eqn> => {
  const early = new Set<Eqn>();
  for (const eqn of ir.eqns) {
    const isEarly =
      eqn.inputs.every((a) => a.kind === "literal" || known.has(a)) &&
      [...eqn.inputs, ...eqn.outputs].every(isSmall) &&
      !hasBody(eqn);
    if (!isEarly) continue;
    early.add(eqn);
    for (const v of eqn.outputs) known.add(v);
  }
  return early;
};

/**
 * Equations that the host runs because random words do: those that make keys, so that all words can be drawn before
 * anything else runs, and those that make numbers or a mask of the words, so that no words are ever in memory.
 */
export const randomEquations = (ir: Ir, constants: Iterable<Var>): ReadonlySet<Eqn> => {
  const origins = randomOrigins(ir.eqns);
  const inputs = [...ir.captures.map((c) => c.variable), ...ir.inputs];
  const early = earlyOf(ir, new Set([...inputs, ...constants]));
  const counters = readByWordsAlone(ir);
  const chosen = new Set<Eqn>();
  const needed = new Set<Atom>();
  for (const eqn of ir.eqns.toReversed()) {
    const leadsToWords = early.has(eqn) && eqn.outputs.some((v) => needed.has(v));
    const isCounter = isCounting(eqn) && eqn.outputs.every((v) => counters.has(v));
    const isChosen = isCounter || leadsToWords || eqn.outputs.some((v) => origins.has(v));
    if (!isChosen) continue;
    chosen.add(eqn);
    if (leadsToWords || isThreefry(eqn)) for (const a of eqn.inputs) needed.add(a);
  }
  return chosen;
};
