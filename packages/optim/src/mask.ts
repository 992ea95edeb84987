import type { Tree } from "@adjoint/core";
import { type ByParameter, treeFor, valuesFor } from "./internal/by-path.ts";

/**
 * Which parameters a rule applies to: a function of each and its path, or a tree of booleans like theirs, in which one
 * boolean may stand for a whole branch.
 */
export type Mask = Tree<boolean> | ByParameter<boolean>;

const isBoolean = (value: unknown): value is boolean => typeof value === "boolean";

/** The mask as a tree of booleans like the parameters. */
export const maskTree = (operation: string, mask: Mask, params: unknown): unknown =>
  treeFor(operation, mask, params, isBoolean);

/** The mask as a list in the order of the leaves. */
export const maskList = (operation: string, mask: Mask, params: unknown): readonly boolean[] =>
  valuesFor(operation, mask, params, isBoolean);
