import { type Atom, type Eqn, type Ir, type Shape, Var } from "@adjoint/core/backend";
import { flagParam, mapBodies, numberParam } from "@adjoint/core/passes";

/** Whether the last two axes are as given and each other one is of size 1 or as in `full`. */
const spreadsOver = (shape: Shape, full: Shape): boolean =>
  shape.length >= 2 &&
  shape.length <= full.length &&
  shape.toReversed().every((d, i) => d === full.at(-1 - i) || (d === 1 && i >= 2));

/** Settings that the kernel has no other word for; its cap comes after the mask, ours before. It takes no scale of 0 or less. */
const isPlain = ({ params }: Eqn, queries: number): boolean =>
  Math.fround(numberParam(params, "scale")) > 0 &&
  numberParam(params, "softcap") === 0 &&
  numberParam(params, "dropout") === 0 &&
  numberParam(params, "window") === 0 &&
  (!flagParam(params, "causal") || queries === 1);

/** Queries up to which one operator is faster than products and a softmax, which share their work among threads better. */
const fewQueries = 8;

/** Whether the operator computes the value of an `attention`. */
const fits = (eqn: Eqn): boolean => {
  const [q, k, v, extra, ...others] = eqn.inputs.map(({ aval }) => aval);
  if (q === undefined || k === undefined || v === undefined || others.length > 0) return false;
  const full = [...q.shape.slice(0, -1), k.shape.at(-2) ?? 0];
  const queries = q.shape.at(-2) ?? 0;
  return (
    [q, k, v].every(({ dtype, shape }) => dtype === "float32" && !shape.includes(0)) &&
    (q.shape.length === 3 || q.shape.length === 4) &&
    queries <= fewQueries &&
    isPlain(eqn, queries) &&
    (extra === undefined || spreadsOver(extra.shape, full))
  );
};

/**
 * Marks attention of few queries whose log-sum-exp nothing reads, as where text is written token by token: the value alone is one
 * operator. To be used before operations are decomposed.
 */
export const markAttention = (ir: Ir): Ir => {
  const read = new Set<Atom>([...ir.outputs, ...ir.eqns.flatMap(({ inputs }) => inputs)]);
  const isValueOnly = ({ outputs: [, lse] }: Eqn): boolean => lse instanceof Var && !read.has(lse);
  const eqns = ir.eqns.map((eqn) =>
    eqn.primitive.name === "attention" && isValueOnly(eqn) && fits(eqn)
      ? { ...eqn, params: { ...eqn.params, valueOnly: true } }
      : eqn,
  );
  return mapBodies({ ...ir, eqns }, markAttention);
};
