import { ArgumentError, relu, sigmoid, silu, softplus, tanh } from "@adjoint/core";
import { type Activation, gelu, geluTanh, quickGelu } from "./gelu.ts";
import { hardSigmoid, hardSilu, hardTanh } from "./hard.ts";
import { mish } from "./mish.ts";
import { elu, leakyRelu, relu2, relu6 } from "./rectifiers.ts";

/** Names of the activations, for configurations that are plain data. `gelu` is exact, `geluTanh` GPT-2's approximation. */
export type ActivationName =
  | "elu"
  | "gelu"
  | "geluTanh"
  | "hardSigmoid"
  | "hardSilu"
  | "hardTanh"
  | "identity"
  | "leakyRelu"
  | "mish"
  | "quickGelu"
  | "relu"
  | "relu2"
  | "relu6"
  | "sigmoid"
  | "silu"
  | "softplus"
  | "tanh";

const named: Readonly<Record<ActivationName, Activation>> = {
  gelu,
  geluTanh,
  quickGelu,
  relu: (x) => relu(x),
  relu2,
  relu6,
  leakyRelu: (x) => leakyRelu(x),
  elu: (x) => elu(x),
  silu: (x) => silu(x),
  mish,
  softplus: (x) => softplus(x),
  sigmoid: (x) => sigmoid(x),
  tanh: (x) => tanh(x),
  hardSigmoid,
  hardSilu,
  hardTanh,
  identity: (x) => x,
};

/**
 * The activation of a name; throws ArgumentError for an unknown one.
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { activationNamed } from "@adjoint/nn";
 * await activationNamed("relu2")(tensor([-1, 3])).toArray(); // => [0, 9]
 * ```
 */
export const activationNamed = (
  name: ActivationName,
  operation: string = "activation",
): Activation => {
  if (Object.hasOwn(named, name)) return named[name];
  throw new ArgumentError({
    operation,
    rule: `activation must be one of ${Object.keys(named).join(", ")}`,
    got: JSON.stringify(name),
  });
};
