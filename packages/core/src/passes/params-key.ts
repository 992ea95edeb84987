import { formatAval } from "../ir/aval.ts";
import { type Ir, isIr, type Var } from "../ir/ir.ts";
import { type Params } from "../primitives/primitive.ts";

const irKey = (ir: Ir): string => {
  const ids = new Map<Var, number>();
  const id = (v: Var): number => {
    const known = ids.get(v) ?? ids.size;
    ids.set(v, known);
    return known;
  };
  const atom = (a: Ir["outputs"][number]): string =>
    a.kind === "literal" ? `${a.value}:${a.aval.dtype}` : `v${id(a)}:${formatAval(a.aval)}`;
  const lines = ir.eqns.map(
    (e) =>
      `${e.outputs.map(atom).join()}=${e.primitive.name}${paramsKey(e.params)}(${e.inputs.map(atom).join()})`,
  );
  return `{${ir.inputs.map(atom).join()}|${lines.join(";")}|${ir.outputs.map(atom).join()}}`;
};

const valueKey = (value: unknown): string => {
  if (isIr(value)) return irKey(value);
  if (Array.isArray(value)) return `[${value.map(valueKey).join()}]`;
  if (typeof value === "object" && value !== null)
    return `{${Object.entries(value)
      .map(([k, v]) => `${k}:${valueKey(v)}`)
      .join()}}`;
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : `${value}`;
  return `${typeof value}:${String(value)}`;
};

/** Text that is the same for equal parameters, nested programs included. */
export const paramsKey = (params: Params): string => valueKey(params);
