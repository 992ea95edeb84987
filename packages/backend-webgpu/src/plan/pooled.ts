import type { Var } from "@adjoint/core/backend";
import type { Graph } from "../program/graph.ts";

/** Bindings for what shares one: memory of the program, memory that its loops keep, a table; and for what is written. */
export const sharedBindings = 4;

/**
 * Whether an array lies in memory of the program that kernels with many arrays bind as a whole, as words: half floats are
 * less than a word.
 */
export const isPooled = (graph: Graph, v: Var): boolean =>
  graph.definition(v) !== undefined && !graph.isResult(v) && v.aval.dtype !== "float16";
