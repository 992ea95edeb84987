import { ArgumentError, isTensor } from "@adjoint/core";
import { sameShape } from "@adjoint/core/backend";
import { type Either, left, right } from "@adjoint/core/either";
import { leafAt } from "../internal/tree-of.ts";
import { fitCheckpoint } from "./fit-checkpoint.ts";
import { type LoadParamsOptions, paramsOf, type WeightMap } from "./load-params.ts";
import { PretrainedError } from "./pretrained-error.ts";
import { type ParamLeaf, readLeaves } from "./read-leaves.ts";
import { paramShape, type WeightRule } from "./weight-rule.ts";
import type { WeightSource } from "./weight-source.ts";

const operation = "loadPartialParams";

/** Parameters of a model that a checkpoint holds a part of, and what the two do not share. */
export type PartialParams<P> = {
  readonly params: P;
  /** Names of arrays that the checkpoint lacks: these parameters are fresh. */
  readonly missing: readonly string[];
  /** Names of arrays that the model does not want: they are left out. */
  readonly unexpected: readonly string[];
};

/** Settings of `loadPartialParams`. */
export type LoadPartialParamsOptions<P> = LoadParamsOptions & {
  /** Parts of the tree for which the checkpoint may have nothing; default none. */
  readonly fresh?: Partial<NoInfer<P>> | undefined;
};

const partOf = ({ path }: Pick<WeightRule, "path">): string => String(path[0]);

/** The fresh parameter of a rule. Throws ArgumentError when that is not what the model needs. */
const freshLeaf = (
  fresh: unknown,
  rule: WeightRule,
  dtype: LoadParamsOptions["dtype"] = "float32",
): ParamLeaf => {
  const { path } = rule;
  const [needed, value] = [paramShape(rule), leafAt(fresh, path)];
  if (isTensor(value) && sameShape(value.shape, needed))
    return { path, value: value.dtype === dtype ? value : value.cast(dtype) };
  throw new ArgumentError({
    operation,
    rule: `fresh.${path.join(".")} must be a tensor [${needed}]`,
    got: isTensor(value) ? `[${value.shape}]` : typeof value,
    fix: "make it with the same configuration",
  });
};

/** Arrays that are missed although no fresh part takes their place. */
const neededOf = (
  rules: readonly WeightRule[],
  missing: ReadonlySet<string>,
  fresh: object,
): readonly string[] => {
  const held = new Set(rules.filter(({ name }) => !missing.has(name)).map(partOf));
  return rules.flatMap((rule) => {
    const part = partOf(rule);
    if (!missing.has(rule.name)) return [];
    if (held.has(part)) return [`${rule.name}: missing, and ${part} is there in part`];
    return Object.hasOwn(fresh, part) ? [] : [`${rule.name}: missing, and fresh has no ${part}`];
  });
};

/**
 * The parameters of a model from a checkpoint with other heads, for fine-tuning: as `loadParams`, but arrays that the model does not
 * want are left out, and parts of the tree that the checkpoint lacks are those of `fresh`. The result names both, as
 * `load_state_dict(strict=False)` of PyTorch does. Refused are parts that are missing and not in `fresh`, or that the checkpoint
 * holds some arrays of, arrays of another shape, and a checkpoint that shares nothing with the model. Throws ArgumentError for fresh
 * parameters that are not the model's.
 *
 * ```ts
 * const heads = bertHeads.sequenceClassification(["no", "yes"]);
 * const fresh = {
 *   pooler: bert.initPooler(key(0), config),
 *   classifier: bert.initHead(key(1), config, 2),
 * };
 * const loaded = await loadPartialParams<Classifier>(bertWeights(config, heads), folder.weights, { fresh });
 * if (loaded._tag === "Left") throw loaded.left;
 * const { params, missing, unexpected } = loaded.right; // missing: classifier.weight, classifier.bias
 * ```
 */
export const loadPartialParams = async <P extends object>(
  map: WeightMap,
  source: WeightSource,
  { fresh = {}, ...options }: LoadPartialParamsOptions<P> = {},
): Promise<Either<PretrainedError, PartialParams<P>>> => {
  const { rules, missing, wrong, unexpected } = fitCheckpoint(map, source);
  const absent = new Set(missing);
  const stored = rules.filter(({ name }) => !absent.has(name));
  const nothing = stored.length === 0 ? ["the file: has none of the model's arrays"] : [];
  const problems = [...nothing, ...new Set(neededOf(rules, absent, fresh)), ...wrong];
  if (problems.length > 0)
    return left(
      new PretrainedError(
        operation,
        "the checkpoint must hold every part of the model that is not fresh",
        problems,
        { fix: "give fresh parameters of the parts that it lacks" },
      ),
    );
  const made = rules
    .filter(({ name }) => absent.has(name))
    .map((rule) => freshLeaf(fresh, rule, options.dtype));
  const read = await readLeaves(operation, stored, source, options);
  if (read._tag === "Left") return read;
  return right({ params: paramsOf<P>(map, [...read.right, ...made]), missing, unexpected });
};
