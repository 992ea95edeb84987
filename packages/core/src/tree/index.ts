export { combine, leaves, map, mapWithPath, partition, paths, reduce, structure } from "./tree.ts";
export {
  flatten,
  type Flat,
  formatStructure,
  leafCount,
  leafPaths,
  sameStructure,
  type Structure,
  unflatten,
} from "./structure.ts";
export type { MapLeaves, TensorTree, Tree } from "./types.ts";
