import { stopGradient } from "@adjoint/core";
import {
  type Atom,
  type DType,
  dim,
  type Eqn,
  type HostArray,
  allocate,
  type Ir,
  literal,
  sizeOf,
  type Tensor,
  Var,
} from "@adjoint/core/backend";
import {
  decompose,
  type Folded,
  foldConstants,
  mergeCommon,
  numbersParam,
  recorded,
  removeDeadCode,
  replaceEmpty,
  type Replacement,
  rewriteIr,
  simplify,
} from "@adjoint/core/passes";
import { inlineBranches } from "./inline-branches.ts";
import { canonicalDot } from "./canonical-dot.ts";
import { type DeviceKinds, isReduction, isWide, kindOf } from "./kinds.ts";

/** Composites whose parts fuse into kernels again, so that no kernel of their own is needed. */
const composites: ReadonlySet<string> = new Set([
  "softmax",
  "logSoftmax",
  "layerNorm",
  "rmsNorm",
  "softmaxCrossEntropy",
]);

/** What has no elements is never computed. */
const isEmpty = ({ outputs }: Eqn): boolean =>
  outputs.every(({ aval }) => sizeOf(aval.shape) === 0);

/** A reduction over axes of size 1 moves nothing. */
const trivialReduction = (eqn: Eqn): Replacement | undefined => {
  const { name } = eqn.primitive;
  const [x] = eqn.inputs;
  const [y] = eqn.outputs;
  if (x === undefined || y === undefined || !isReduction(name)) return undefined;
  const axes = numbersParam(eqn.params, "axes");
  if (!axes.every((axis) => dim(x.aval.shape, axis) === 1)) return undefined;
  if (name === "any" || name === "all" || x.aval.dtype === y.aval.dtype)
    return recorded([x], ([t]) => (t === undefined ? [] : [reshaped(t, y)]));
  return undefined;
};

const reshaped = (x: Tensor, { aval }: Var): Tensor => {
  const same = x.reshape(aval.shape);
  return same.dtype === aval.dtype ? same : same.cast(aval.dtype);
};

const constantOf = (value: number, dtype: DType): HostArray => {
  const data = allocate(dtype, 1);
  data[0] = value;
  return { shape: [], dtype, data };
};

/** Numbers that kernels of their own read become arrays. */
const storeLiterals = (folded: Folded, device: DeviceKinds): Folded => {
  const constants = new Map(folded.constants);
  const known = new Map<string, Var>();
  const stored = (atom: Atom): Atom => {
    if (atom.kind === "var") return atom;
    const key = `${atom.aval.dtype}:${Object.is(atom.value, -0) ? "-0" : atom.value}`;
    const variable = known.get(key) ?? new Var({ shape: [], dtype: atom.aval.dtype });
    known.set(key, variable);
    constants.set(variable, constantOf(atom.value, atom.aval.dtype));
    return variable;
  };
  const ir = rewriteIr(folded.ir, (eqn) => {
    const kind = kindOf(eqn, device);
    if (kind === "element" || kind === "movement" || kind === "reduction") return undefined;
    return { eqns: [{ ...eqn, inputs: eqn.inputs.map(stored) }], outputs: eqn.outputs };
  });
  return { ir, constants };
};

/** Results that are inputs, constants, numbers or other results become arrays of their own. */
const separateResults = (ir: Ir, shares: (v: Var) => boolean): Ir => {
  const made = new Set(ir.eqns.flatMap((eqn) => eqn.outputs));
  const copies: Eqn[] = [];
  const seen = new Set<Atom>();
  const outputs = ir.outputs.map((atom) => {
    const isOwn = atom.kind === "var" && (made.has(atom) || shares(atom)) && !seen.has(atom);
    seen.add(atom);
    if (isOwn || (atom.kind === "var" && shares(atom))) return atom;
    const { shape, dtype } = atom.aval;
    const copy = recorded([atom], ([x]) => [
      stopGradient((x ?? literal(0, dtype)).broadcastTo(shape)),
    ]);
    copies.push(...copy.eqns);
    return copy.outputs[0] ?? atom;
  });
  return { ...ir, eqns: [...ir.eqns, ...copies], outputs };
};

const control: ReadonlySet<string> = new Set(["scan", "while", "cond"]);

/** Control flow gets each array once: its programs may write where their other operands lie. */
const separateOperands = (ir: Ir): Ir =>
  rewriteIr(ir, (eqn) => {
    if (!control.has(eqn.primitive.name)) return undefined;
    const seen = new Set<Atom>();
    const copies: Eqn[] = [];
    const inputs = eqn.inputs.map((atom) => {
      const isNew = !seen.has(atom);
      seen.add(atom);
      if (isNew && atom.kind === "var") return atom;
      const copy = recorded([atom], ([x]) => [stopGradient(x ?? literal(0, atom.aval.dtype))]);
      copies.push(...copy.eqns);
      return copy.outputs[0] ?? atom;
    });
    return { eqns: [...copies, { ...eqn, inputs }], outputs: eqn.outputs };
  });

/** Constants with more elements are computed by the kernels that read them. */
const largestConstant = 4096;

/**
 * A program made ready for planning: calls and composites taken apart, algebra done, numbers that must be in memory
 * put there. `shares` tells which inputs a result may be as they are.
 */
export const prepare = (ir: Ir, device: DeviceKinds, shares: (v: Var) => boolean): Folded => {
  const isDecomposed = (eqn: Eqn): boolean =>
    !isWide(eqn) &&
    !isEmpty(eqn) &&
    (composites.has(eqn.primitive.name) ||
      (kindOf(eqn, device) === "host" && !hostKernels.has(eqn.primitive.name)));
  const straight = inlineBranches(decompose(ir, isDecomposed));
  const known = mergeCommon(replaceEmpty(decompose(straight, isDecomposed)));
  const plain = rewriteIr(known, trivialReduction);
  const { ir: folded, constants } = foldConstants(simplify(plain), largestConstant);
  const simple = removeDeadCode(mergeCommon(simplify(mergeCommon(folded), constants)));
  const ordered = rewriteIr(rewriteIr(simple, splitConcatenation), canonicalDot);
  const separate = separateResults(ordered, shares);
  const needed = storeLiterals({ ir: separateOperands(separate), constants }, device);
  return { ir: needed.ir, constants: neededConstants(needed) };
};

/** Pieces of one concatenation; more of them would need more bindings than kernels have. */
const mostPieces = 6;

/** Joins many arrays a few at a time. */
const splitConcatenation = (eqn: Eqn): Replacement | undefined => {
  const { inputs, outputs, primitive, params } = eqn;
  if (primitive.name !== "concatenate" || inputs.length <= mostPieces) return undefined;
  const size = Math.max(mostPieces, Math.ceil(inputs.length / mostPieces));
  const eqns: Eqn[] = [];
  const parts: Atom[] = [];
  for (let i = 0; i < inputs.length; i += size) {
    const own = inputs.slice(i, i + size);
    const avals = primitive.abstractEval(
      own.map((x) => x.aval),
      params,
    );
    const made = avals.map((aval) => new Var(aval));
    const part: Eqn = { ...eqn, inputs: own, outputs: made };
    eqns.push(...(splitConcatenation(part)?.eqns ?? [part]));
    parts.push(...made);
  }
  return { eqns: [...eqns, { ...eqn, inputs: parts }], outputs };
};

/** Decompositions that grow with the size of their matrices; a host kernel is better. */
const hostKernels: ReadonlySet<string> = new Set(["cholesky", "triangularSolve", "qr", "lu"]);

const neededConstants = ({ ir, constants }: Folded): Folded["constants"] => {
  const read = new Set<Atom>([...ir.eqns.flatMap((eqn) => eqn.inputs), ...ir.outputs]);
  return new Map([...constants].filter(([v]) => read.has(v)));
};
