import type { Atom, Var } from "@adjoint/core/backend";
import { BackendError } from "@adjoint/core/backend";
import type { Coordinates } from "../address/coordinates.ts";
import type { Graph } from "../program/graph.ts";
import { literalOf, spell } from "../wgsl/elementwise.ts";
import { movements } from "./movement.ts";

/** An expression for an element that stands in an array or was computed before; undefined to compute it here. */
export type Read = (variable: Var, at: Coordinates) => string | undefined;

/** Statements that run once for each value of the innermost variable of `depth` nested ones, and what they computed. */
type Level = { readonly lines: string[]; readonly known: Map<string, string> };

const atKey = (at: Coordinates): string => at.map((x) => x.key).join(";");

/**
 * WGSL statements that compute elements of a program. Depth 0 is what depends on the row alone, depth 1 on the element:
 * each statement goes to the least depth where all that it reads is known.
 */
export class Body {
  readonly #graph: Graph;
  readonly #read: Read;
  readonly #depths = new Map<string, number>();
  readonly #levels: Level[] = [
    { lines: [], known: new Map() },
    { lines: [], known: new Map() },
  ];
  #count = 0;

  constructor(graph: Graph, read: Read) {
    this.#graph = graph;
    this.#read = read;
  }

  /** Declares a name that exists from `depth` on. */
  variable(name: string, depth: number): void {
    this.#depths.set(name, depth);
  }

  /** Gives an expression a name. */
  name(expression: string): string {
    if (/^\w+$/.test(expression)) return expression;
    const depth = this.#depthOf(expression);
    const level = this.#level(depth);
    const known = level.known.get(expression);
    if (known !== undefined) return known;
    const name = `v${this.#count++}`;
    level.lines.push(`let ${name} = ${expression};`);
    level.known.set(expression, name);
    this.variable(name, depth);
    return name;
  }

  /** A name (or a constant) for the value of an atom at a place. */
  value(atom: Atom, at: Coordinates): string {
    if (atom.kind === "literal") return this.literal(atom.value, atom);
    const key = `${this.#graph.id(atom)}@${atKey(at)}`;
    const known = this.#levels.find((level) => level.known.has(key))?.known.get(key);
    if (known !== undefined) return known;
    const name = this.name(this.#read(atom, at) ?? this.#computed(atom, at));
    this.#level(this.#depthOf(name)).known.set(key, name);
    return name;
  }

  literal(value: number, { aval }: Pick<Atom, "aval">): string {
    return literalOf(value, aval.dtype);
  }

  /** Takes the statements written at a depth so far. */
  take(depth: number): readonly string[] {
    return this.#level(depth).lines.splice(0);
  }

  /** Forgets what is known of elements: another loop over them begins. */
  nextPass(): void {
    this.#level(1).known.clear();
  }

  #computed(variable: Var, at: Coordinates): string {
    const definition = this.#graph.definition(variable);
    if (definition === undefined) return this.#constant(variable);
    const { eqn, index } = definition;
    const movement = movements[eqn.primitive.name];
    if (movement !== undefined)
      return movement(
        eqn,
        at,
        { value: (a, p) => this.value(a, p), name: (e) => this.name(e) },
        index,
      );
    const rank = at.length;
    const args = eqn.inputs.map((atom) => {
      const { shape } = atom.aval;
      const own = at.slice(rank - shape.length);
      return this.value(
        atom,
        own.map((x, i) => (shape[i] === 1 ? x.times(0) : x)),
      );
    });
    const spelling = spell(
      eqn.primitive.name,
      eqn.params,
      args,
      eqn.inputs.map((a) => a.aval.dtype),
      eqn.outputs.map((v) => v.aval.dtype),
    );
    const text = spelling?.results[index];
    return text ?? this.#constant(variable);
  }

  #constant(variable: Var): never {
    throw new BackendError({
      operation: "webgpu",
      rule: "every value that a kernel reads must be in an array",
      got: this.#graph.definition(variable)?.eqn.primitive.name ?? "an input",
    });
  }

  #depthOf(text: string): number {
    let depth = 0;
    for (const [word] of text.matchAll(/[A-Za-z_]\w*/g))
      depth = Math.max(depth, this.#depths.get(word) ?? 0);
    return depth;
  }

  #level(depth: number): Level {
    const level = this.#levels[depth];
    if (level === undefined) throw new RangeError(`no depth ${depth}`);
    return level;
  }
}
