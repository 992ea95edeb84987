import { sigmoid, tanh, type Tensor } from "@adjoint/core";
import { gateOf, recurrentLayer, type RecurrentLayer } from "./recurrent-layer.ts";

/** State of `lstm`: hidden and cell (..., H). */
export type LstmState = { readonly hidden: Tensor; readonly cell: Tensor };

/**
 * Long short-term memory, gates input, forget, cell, output side by side as in PyTorch's `nn.LSTM`:
 * c' = f c + i g, h' = o tanh(c'). x (..., T, C) gives (..., T, H).
 * @see https://doi.org/10.1162/neco.1997.9.8.1735
 *
 * ```ts doctest
 * import { ones } from "@adjoint/core";
 * import { key } from "@adjoint/core/random";
 * import { lstm } from "@adjoint/nn";
 * const params = lstm.init(key(0), { inFeatures: 3, hidden: 4 });
 * const [y, state] = lstm.applyWithState(params, ones([2, 5, 3]));
 * [y.shape, state.cell.shape]; // => [[2, 5, 4], [2, 4]]
 * ```
 */
export const lstm: RecurrentLayer<LstmState> = /* @__PURE__ */ recurrentLayer<LstmState>({
  name: "lstm",
  gates: 4,
  start: (h) => ({ hidden: h, cell: h }),
  next: ({ hidden, cell }, projected, own) => {
    const all = projected.add(own(hidden));
    const gate = (i: number): Tensor => sigmoid(gateOf(all, i, 4));
    const next = cell.mul(gate(1)).add(gate(0).mul(tanh(gateOf(all, 2, 4))));
    const h = gate(3).mul(tanh(next));
    return [h, { hidden: h, cell: next }];
  },
  select: (real, next, old) => ({
    hidden: real.where(next.hidden, old.hidden),
    cell: real.where(next.cell, old.cell),
  }),
});
