import type { NodeRecord } from "../proto/model-record.ts";

const namesRead = (nodes: readonly NodeRecord[], names: Set<string>): void => {
  for (const { inputs, attributes = {} } of nodes) {
    for (const name of inputs) names.add(name);
    for (const attribute of Object.values(attributes))
      if (attribute.kind === "graph") namesRead(attribute.value.nodes, names);
  }
};

/**
 * Moves nodes that no other node reads to the end, the earliest last.
 *
 * ONNX Runtime runs a graph in the order of a depth-first search from those nodes, the last first. Gradients of weights
 * are such nodes. In this order each is computed as soon as it can be; in the order of the program the first to be
 * computed would be the one that needs the whole backward pass, and what the others read would stay in memory until then.
 */
export const orderNodes = (nodes: readonly NodeRecord[]): readonly NodeRecord[] => {
  const names = new Set<string>();
  namesRead(nodes, names);
  const isRead = ({ outputs }: NodeRecord): boolean => outputs.some((name) => names.has(name));
  return [...nodes.filter(isRead), ...nodes.filter((node) => !isRead(node)).toReversed()];
};
