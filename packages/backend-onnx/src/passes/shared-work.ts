import { type Atom, type Eqn, type Ir, literal, Var } from "@adjoint/core/backend";
import {
  Definitions,
  isLiteral,
  recorded,
  type Replacement,
  rewriteIr,
} from "@adjoint/core/passes";

/** Which equations read a name. */
class Uses {
  readonly #readers = new Map<Var, Eqn[]>();

  constructor(ir: Ir) {
    for (const eqn of ir.eqns)
      for (const a of eqn.inputs) {
        if (!(a instanceof Var)) continue;
        const readers = this.#readers.get(a);
        if (readers === undefined) this.#readers.set(a, [eqn]);
        else readers.push(eqn);
      }
  }

  of(atom: Atom | undefined, name: string): readonly Eqn[] {
    return atom instanceof Var
      ? (this.#readers.get(atom) ?? []).filter((e) => e.primitive.name === name)
      : [];
  }
}

/** Where the derivative computes erf(x / sqrt 2) anyway, the value is two more products. */
const shareErf = (eqn: Eqn, uses: Uses): Replacement | undefined => {
  if (eqn.primitive.name !== "gelu" || eqn.params["approximate"] !== "none") return undefined;
  const isScaled = (scaled: Eqn): boolean => uses.of(scaled.outputs[0], "erf").length > 0;
  if (!uses.of(eqn.inputs[0], "mul").some(isScaled)) return undefined;
  return recorded(eqn.inputs, (xs) => eqn.primitive.decompose?.(xs, eqn.params) ?? []);
};

const isRepeated = (
  atom: Atom | undefined,
  value: number | undefined,
  definitions: Definitions,
): boolean => {
  const [source] = definitions.by(atom, "broadcastTo")?.inputs ?? [atom];
  return isLiteral(source) && (value === undefined || source.value === value);
};

/** The product (x - mean) rstd beside a layer norm that gives them. */
const normalBeside = (
  { inputs: [x], outputs: [, mean, rstd] }: Eqn,
  uses: Uses,
): Eqn | undefined => {
  const centred = uses.of(x, "sub").find((e) => e.inputs[0] === x && e.inputs[1] === mean);
  return uses
    .of(centred?.outputs[0], "mul")
    .find((e) => rstd !== undefined && e.inputs.includes(rstd));
};

/**
 * Where the derivative computes (x - mean) rstd anyway, a norm without scale gives it, and the scale is one product.
 * `normals` collects what the products become.
 */
const shareNormal = (
  eqn: Eqn,
  uses: Uses,
  definitions: Definitions,
  normals: Map<Var, Atom>,
): Replacement | undefined => {
  if (eqn.primitive.name !== "layerNorm" || !isRepeated(eqn.inputs[2], 0, definitions))
    return undefined;
  const [x, scale, bias] = eqn.inputs;
  const [y, mean, rstd] = eqn.outputs;
  const product = normalBeside(eqn, uses);
  const result = product?.outputs[0];
  if (
    x === undefined ||
    scale === undefined ||
    bias === undefined ||
    y === undefined ||
    mean === undefined ||
    rstd === undefined
  )
    return undefined;
  if (product === undefined || result === undefined || isRepeated(scale, undefined, definitions))
    return undefined;
  const ones = recorded([scale], () => [
    literal(1, scale.aval.dtype).broadcastTo(scale.aval.shape),
  ]);
  const normal = new Var(y.aval);
  normals.set(result, normal);
  const norm = { ...eqn, inputs: [x, ...ones.outputs, bias], outputs: [normal, mean, rstd] };
  return {
    eqns: [...ones.eqns, norm, { ...product, inputs: [normal, scale], outputs: [y] }],
    outputs: eqn.outputs,
  };
};

/** Uses in values what derivatives compute anyway. */
export const shareWork = (ir: Ir): Ir => {
  const uses = new Uses(ir);
  const definitions = new Definitions(new Map());
  const normals = new Map<Var, Atom>();
  return rewriteIr(ir, (eqn) => {
    definitions.add(eqn);
    const [result] = eqn.outputs;
    const normal = result === undefined ? undefined : normals.get(result);
    if (normal !== undefined) return { eqns: [], outputs: [normal] };
    return shareErf(eqn, uses) ?? shareNormal(eqn, uses, definitions, normals);
  });
};
