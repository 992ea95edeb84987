import { type Shape, sizeOf } from "@adjoint/core/backend";
import type {
  AttributeRecord,
  GraphRecord,
  NodeRecord,
  OnnxDataType,
  TensorRecord,
} from "../proto/model-record.ts";
import { constantBytes } from "./constant-bytes.ts";
import type { Value } from "./value.ts";

type Attributes = Readonly<Record<string, AttributeRecord>>;

/** Type and shape of a node's output. */
export type Output = { readonly type: OnnxDataType; readonly shape: Shape };

/** What all graphs of one model share: names, and constants (inner graphs see those of the outermost). */
class ModelScope {
  readonly initializers: TensorRecord[] = [];
  readonly known: Map<string, Value> = new Map();
  readonly contents: Map<string, ArrayLike<number>> = new Map();
  #count = 0;

  fresh(): string {
    return `v${this.#count++}`;
  }
}

const largestKey = 1024;

/** Collects the nodes of one graph. */
export class GraphBuilder {
  readonly nodes: NodeRecord[] = [];
  readonly #scope: ModelScope;

  constructor(scope: ModelScope = new ModelScope()) {
    this.#scope = scope;
  }

  /** A builder for a graph inside this one; it may read this one's values by name. */
  inner(): GraphBuilder {
    return new GraphBuilder(this.#scope);
  }

  /** A value of that type that something else sets (an input of the graph). */
  name(output: Output): Value {
    return { name: this.#scope.fresh(), type: output.type, shape: output.shape };
  }

  /** Adds a node with several outputs; `undefined` stands for an output that is left out. */
  nodeMany(
    opType: string,
    inputs: readonly (Value | undefined)[],
    outputs: readonly Output[],
    attributes: Attributes = {},
    domain?: string,
  ): readonly Value[] {
    const values = outputs.map((output) => this.name(output));
    const names = inputs.map((input) => input?.name ?? "");
    const record = { opType, inputs: names, outputs: values.map((v) => v.name), attributes };
    this.nodes.push(domain === undefined ? record : { ...record, domain });
    return values;
  }

  /** Adds a node with one output. */
  node(
    opType: string,
    inputs: readonly (Value | undefined)[],
    output: Output,
    attributes: Attributes = {},
    domain?: string,
  ): Value {
    const value = this.name(output);
    const record = {
      opType,
      inputs: inputs.map((v) => v?.name ?? ""),
      outputs: [value.name],
      attributes,
    };
    this.nodes.push(domain === undefined ? record : { ...record, domain });
    return value;
  }

  /** The same value under a given name. */
  alias(value: Value, name: string): Value {
    this.nodes.push({ opType: "Identity", inputs: [value.name], outputs: [name] });
    return { ...value, name };
  }

  /** A constant tensor; equal small ones are stored once. */
  constant(type: OnnxDataType, values: ArrayLike<number>, shape: Shape): Value {
    const bytes = constantBytes(type, values);
    const key = bytes.length <= largestKey ? `${type}[${shape}]${bytes.join()}` : undefined;
    const known = key === undefined ? undefined : this.#scope.known.get(key);
    if (known !== undefined) return known;
    const value = this.name({ type, shape });
    this.#scope.initializers.push({ name: value.name, dtype: type, dims: shape, bytes });
    this.#scope.contents.set(value.name, values);
    if (key !== undefined) this.#scope.known.set(key, value);
    return value;
  }

  /** A scalar constant. */
  scalar(type: OnnxDataType, value: number): Value {
    return this.constant(type, [value], []);
  }

  /** A list of int64 constants, as shapes and axes are given. */
  ints(values: readonly number[]): Value {
    return this.constant("int64", values, [values.length]);
  }

  /** The contents of `value` when it is a constant. */
  contentsOf(value: Value): ArrayLike<number> | undefined {
    return this.#scope.contents.get(value.name);
  }

  /** The number that every element of `value` is known to have. */
  uniformOf(value: Value): number | undefined {
    const contents = sizeOf(value.shape) === 1 ? this.contentsOf(value) : undefined;
    return contents?.[0];
  }

  /** The finished graph; the outermost one holds the constants. */
  finish(
    name: string,
    inputs: readonly Value[],
    outputs: readonly Value[],
    isOutermost: boolean,
  ): GraphRecord {
    const record = (v: Value): GraphRecord["inputs"][number] => ({
      name: v.name,
      dtype: v.type,
      dims: v.shape,
    });
    const graph = {
      name,
      nodes: this.nodes,
      inputs: inputs.map(record),
      outputs: outputs.map(record),
    };
    if (!isOutermost) return graph;
    const read = namesRead(graph);
    return { ...graph, initializers: this.#scope.initializers.filter((t) => read.has(t.name)) };
  }
}

/** Names that the nodes of a graph read, those of inner graphs included. */
const namesRead = ({ nodes, outputs }: GraphRecord): Set<string> => {
  const names = new Set(outputs.map((v) => v.name));
  for (const { inputs, attributes = {} } of nodes) {
    for (const name of inputs) names.add(name);
    for (const attribute of Object.values(attributes))
      if (attribute.kind === "graph")
        for (const name of namesRead(attribute.value)) names.add(name);
  }
  return names;
};
