import { sigmoid, tanh, type Tensor } from "@adjoint/core";
import { gateOf, recurrentLayer, type RecurrentLayer } from "./recurrent-layer.ts";

/**
 * Gated recurrent unit, gates reset, update, new side by side as in PyTorch's `nn.GRU`, whose reset gate acts on the
 * product of state and kernel: h' = (1 - z) n + z h. x (..., T, C) gives (..., T, H).
 * @see https://arxiv.org/abs/1406.1078
 */
export const gru: RecurrentLayer<Tensor> = /* @__PURE__ */ recurrentLayer<Tensor>({
  name: "gru",
  gates: 3,
  start: (h) => h,
  next: (h, projected, own) => {
    const state = own(h);
    const gate = (i: number): Tensor => sigmoid(gateOf(projected, i, 3).add(gateOf(state, i, 3)));
    const [reset, update] = [gate(0), gate(1)];
    const fresh = tanh(gateOf(projected, 2, 3).add(reset.mul(gateOf(state, 2, 3))));
    const next = fresh.add(update.mul(h.sub(fresh)));
    return [next, next];
  },
  select: (real, next, old) => real.where(next, old),
});
