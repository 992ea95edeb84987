export { bits, foldIn, type Key, key, keyData, split, splitTuple } from "./key.ts";
export { type FloatOptions, uniform, type UniformOptions } from "./uniform.ts";
export { gumbel, normal, truncatedNormal, type TruncatedNormalOptions } from "./normal.ts";
export {
  bernoulli,
  type BernoulliOptions,
  categorical,
  type CategoricalOptions,
} from "./discrete.ts";
export { randint, type RandintOptions } from "./randint.ts";
export { permutation, type PermutationOptions } from "./permutation.ts";
export { choice, type ChoiceOptions } from "./choice.ts";
