import { formatAval } from "./aval.ts";
import { type Atom, type Eqn, type Ir, isIr, type Var } from "./ir.ts";

const letters = "abcdefghijklmnopqrstuvwxyz";

/** Spreadsheet names: a … z, aa, ab, … */
const nameAt = (i: number): string =>
  (i < 26 ? "" : nameAt(Math.floor(i / 26) - 1)) + (letters[i % 26] ?? "");

class Names {
  readonly #names = new Map<Var, string>();

  of(variable: Var): string {
    const known = this.#names.get(variable);
    if (known !== undefined) return known;
    const name = nameAt(this.#names.size);
    this.#names.set(variable, name);
    return name;
  }
}

const typed = (names: Names, v: Var): string => `${names.of(v)}: ${formatAval(v.aval)}`;
const atomText = (names: Names, atom: Atom): string =>
  atom.kind === "literal" ? String(atom.value) : names.of(atom);

const paramText = (value: unknown, indent: string): string => {
  if (isIr(value)) return formatIr(value, `${indent}  `);
  if (Array.isArray(value)) return `[${value.map((v) => paramText(v, indent)).join(",")}]`;
  if (typeof value === "function") return value.name === "" ? "fn" : value.name;
  if (typeof value !== "object" || value === null) return String(value);
  return `{${Object.entries(value)
    .map(([k, v]) => `${k}=${paramText(v, indent)}`)
    .join(", ")}}`;
};

const eqnText = (names: Names, eqn: Eqn, indent: string): string => {
  const params = Object.entries(eqn.params);
  const settings =
    params.length === 0
      ? ""
      : `[${params.map(([k, v]) => `${k}=${paramText(v, indent)}`).join(" ")}]`;
  const inputs = eqn.inputs.map((a) => ` ${atomText(names, a)}`).join("");
  const outputs = eqn.outputs.map((v) => typed(names, v)).join(", ");
  return `${indent}  ${outputs} = ${eqn.primitive.name}${settings}${inputs}`;
};

/** Readable text of a program: one equation a line, sub-programs indented. */
export const formatIr = (ir: Ir, indent = ""): string => {
  const names = new Names();
  const captures = ir.captures.map((c) => typed(names, c.variable)).join(", ");
  const head = ir.inputs.map((v) => typed(names, v)).join(", ");
  const lines = ir.eqns.map((eqn) => eqnText(names, eqn, indent));
  const outputs = ir.outputs.map((a) => atomText(names, a)).join(", ");
  const captured = captures === "" ? "" : ` captures (${captures})`;
  return [`{ (${head})${captured} =>`, ...lines, `${indent}  return ${outputs} }`].join("\n");
};
