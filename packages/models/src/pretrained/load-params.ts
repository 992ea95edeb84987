import type { DType } from "@adjoint/core";
import { type Either, left, right } from "@adjoint/core/either";
import { trusted } from "../internal/trusted.ts";
import { treeOf } from "../internal/tree-of.ts";
import { fitCheckpoint } from "./fit-checkpoint.ts";
import { PretrainedError } from "./pretrained-error.ts";
import { type ParamLeaf, readLeaves } from "./read-leaves.ts";
import type { WeightRule } from "./weight-rule.ts";
import type { WeightSource } from "./weight-source.ts";

/** How a model's parameters lie in a checkpoint. */
export type WeightMap = {
  readonly rules: readonly WeightRule[];
  /** What names of the whole model begin with, and those of its body alone do not. */
  readonly prefix: string;
  /** Stored arrays that are no parameters: buffers, copies of tied weights. */
  readonly ignored: RegExp;
  /** Paths of parts without parameters, such as norms without a scale: empty records in the tree. */
  readonly empty?: readonly WeightRule["path"][];
};

/** Settings of `loadParams`. */
export type LoadParamsOptions = {
  /** Type of the parameters, whatever they are stored as; default float32. */
  readonly dtype?: DType;
  /** Called after each parameter. */
  readonly onProgress?: (done: number, total: number) => void;
};

/** The tree of parameters, with its parts that have none. */
export const paramsOf = <P>({ empty = [] }: WeightMap, leaves: readonly ParamLeaf[]): P =>
  trusted<P>(treeOf([...leaves, ...empty.map((path) => ({ path, value: {} }))]));

/**
 * The parameters of a model on the current backend, read one by one from a checkpoint. Nothing is read before all names and shapes
 * are known to fit: otherwise the result lists everything that is missing, unknown or of another shape (`loadPartialParams` takes
 * what they share). NaN and infinities are refused with the name of the parameter, those among them that `dtype` is too narrow for.
 */
export const loadParams = async <P>(
  map: WeightMap,
  source: WeightSource,
  options: LoadParamsOptions = {},
): Promise<Either<PretrainedError, P>> => {
  const operation = "loadParams";
  const { rules, missing, wrong, unexpected } = fitCheckpoint(map, source);
  const problems = [
    ...missing.map((name) => `${name}: missing`),
    ...wrong,
    ...unexpected.map((name) => `${name}: unknown to the model`),
  ];
  if (problems.length > 0)
    return left(
      new PretrainedError(
        operation,
        "the checkpoint must hold the model's arrays and no others",
        problems,
        {
          fix: "check that config.json belongs to these weights; loadPartialParams takes what they share",
        },
      ),
    );
  const leaves = await readLeaves(operation, rules, source, options);
  return leaves._tag === "Left" ? leaves : right(paramsOf<P>(map, leaves.right));
};
