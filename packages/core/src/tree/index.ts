export { combine, leaves, map, mapWithPath, partition, paths, reduce, structure } from "./tree.ts";
export {
  formatStructure,
  leafCount,
  leafPaths,
  sameStructure,
  type Structure,
} from "./structure.ts";
export {
  type FlatTree,
  flattenTree as flatten,
  type StructureOf,
  unflattenTree as unflatten,
} from "./typed-structure.ts";
export type { MapLeaves, TensorTree, Tree } from "./types.ts";
