import { type Aval, type Executable, formatAval, type Params, type Primitive, isIr, type Ir, type Var } from "@adjoint/core/backend";

const irKey = (ir: Ir): string => {
  const ids = new Map<Var, number>();
  const id = (v: Var): number => {
    const known = ids.get(v) ?? ids.size;
    ids.set(v, known);
    return known;
  };
  const atom = (a: Ir["outputs"][number]): string => (a.kind === "literal" ? `${a.value}:${a.aval.dtype}` : `v${id(a)}:${formatAval(a.aval)}`);
  const lines = ir.eqns.map((e) => `${e.outputs.map(atom).join()}=${e.primitive.name}${paramsKey(e.params)}(${e.inputs.map(atom).join()})`);
  return `{${ir.inputs.map(atom).join()}|${lines.join(";")}|${ir.outputs.map(atom).join()}}`;
};

const valueKey = (value: unknown): string => {
  if (isIr(value)) return irKey(value);
  if (Array.isArray(value)) return `[${value.map(valueKey).join()}]`;
  if (typeof value === "object" && value !== null) return `{${Object.entries(value).map(([k, v]) => `${k}:${valueKey(v)}`).join()}}`;
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : `${value}`;
  return `${typeof value}:${String(value)}`;
};

/** Text that is the same for equal parameters, nested programs included. */
export const paramsKey = (params: Params): string => valueKey(params);

/** Text that is the same for calls that one executable can serve. */
export const callKey = (primitive: Primitive, inputs: readonly Aval[], params: Params): string =>
  `${primitive.name}${paramsKey(params)}(${inputs.map(formatAval).join()})`;

/** Executables of single operations; the least recently used one goes when there are too many. */
export class EagerCache {
  readonly #limit: number;
  readonly #entries = new Map<string, Executable>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  get(key: string, make: () => Executable): Executable {
    const entry = this.#entries.get(key) ?? make();
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    const [oldest] = this.#entries;
    if (this.#entries.size > this.#limit && oldest !== undefined) {
      this.#entries.delete(oldest[0]);
      oldest[1].dispose();
    }
    return entry;
  }

  clear(): void {
    for (const entry of this.#entries.values()) entry.dispose();
    this.#entries.clear();
  }
}
