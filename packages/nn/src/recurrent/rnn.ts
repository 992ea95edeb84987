import { tanh, type Tensor } from "@adjoint/core";
import { recurrentLayer, type RecurrentLayer } from "./recurrent-layer.ts";

/**
 * Elman network: h' = tanh(x input + h state + biases). x (..., T, C) gives (..., T, H). As PyTorch's `nn.RNN`.
 *
 * ```ts doctest
 * import { ones } from "@adjoint/core";
 * import { key } from "@adjoint/core/random";
 * import { rnn } from "@adjoint/nn";
 * const params = rnn.init(key(0), { inFeatures: 3, hidden: 4 });
 * rnn.apply(params, ones([2, 5, 3])).shape; // => [2, 5, 4]
 * ```
 */
export const rnn: RecurrentLayer<Tensor> = /* @__PURE__ */ recurrentLayer<Tensor>({
  name: "rnn",
  gates: 1,
  start: (h) => h,
  next: (h, projected, own) => {
    const next = tanh(projected.add(own(h)));
    return [next, next];
  },
  select: (real, next, old) => real.where(next, old),
});
