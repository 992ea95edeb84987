import { type WeightRule, storedShapes } from "./weight-rule.ts";
import type { WeightMap } from "./load-params.ts";
import type { WeightSource } from "./weight-source.ts";

/** How a checkpoint fits a model, by names of arrays. */
type Fit = {
  /** The model's rules, with the names that the checkpoint has. */
  readonly rules: readonly WeightRule[];
  /** What the model wants and the checkpoint lacks. */
  readonly missing: readonly string[];
  /** What the checkpoint has and the model does not want. */
  readonly unexpected: readonly string[];
  /** One line for each array of another shape. */
  readonly wrong: readonly string[];
};

/** Rules for the names that the checkpoint has: those of the body alone lack the prefix, those of older files are others. */
const rulesFor = (
  { rules, prefix }: WeightMap,
  { tensors }: WeightSource,
): readonly WeightRule[] => {
  const isWhole = prefix === "" || [...tensors.keys()].some((name) => name.startsWith(prefix));
  const inFile = (name: string): string =>
    !isWhole && name.startsWith(prefix) ? name.slice(prefix.length) : name;
  return rules.map((rule) => {
    const { name, formerNames = [] } = rule;
    const names = [name, ...formerNames].map(inFile);
    return { ...rule, name: names.find((one) => tensors.has(one)) ?? inFile(name) };
  });
};

/** Compares the names and shapes of a checkpoint with those that a model needs. */
export const fitCheckpoint = (map: WeightMap, source: WeightSource): Fit => {
  const rules = rulesFor(map, source);
  const { tensors } = source;
  const wanted = storedShapes(rules);
  const wrong = rules.flatMap(({ name, path }) => {
    const shape = tensors.get(name)?.shape;
    const needed = wanted.get(name);
    return shape === undefined || shape.join() === needed?.join()
      ? []
      : [`${name}: [${shape}], needs [${needed}] for ${path.join(".")}`];
  });
  return {
    rules,
    missing: [...wanted.keys()].filter((name) => !tensors.has(name)),
    unexpected: [...tensors.keys()].filter((name) => !wanted.has(name) && !map.ignored.test(name)),
    wrong,
  };
};
