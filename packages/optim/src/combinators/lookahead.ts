import { type Tensor, where } from "@adjoint/core";
import type {
  EvaluatedTransformation,
  GradientTransformation,
  OptState,
} from "../gradient-transformation.ts";
import { checkNumber, checkRules } from "../internal/check.ts";
import { copy } from "../internal/copy.ts";
import { startCount } from "../internal/count.ts";
import { mapState, mapTensors } from "../internal/map-tensors.ts";
import { nestedState } from "../internal/nested-state.ts";
import { withState } from "../internal/with-state.ts";
import { selectTree } from "../scaling/select-tree.ts";

/** Settings of `lookahead`. */
export type LookaheadOptions = {
  /** Steps of the fast optimizer between two of the slow one; default 5. */
  readonly every?: number;
  /** Part of the way that the slow parameters go towards the fast ones; default 0.5. */
  readonly stepSize?: number;
  /** Whether the fast optimizer starts afresh at each slow step; default false. */
  readonly resetState?: boolean;
};

type LookaheadState = { readonly inner: OptState; readonly slow: unknown; readonly count: Tensor };

const described: {
  readonly name: string;
  readonly keys: readonly (keyof LookaheadState)[];
} = { name: "lookahead", keys: ["inner", "slow", "count"] };

/**
 * k steps forward, one step back: after every few steps the slow parameters go part of the way to the fast ones, which
 * go on from there. The fast parameters are those that are trained, the slow ones are for evaluation. Throws
 * ArgumentError for settings out of range.
 * @see https://arxiv.org/abs/1907.08610
 */
export const lookahead = (
  rule: GradientTransformation,
  { every = 5, stepSize = 0.5, resetState = false }: LookaheadOptions = {},
): EvaluatedTransformation => {
  checkRules("lookahead", rule);
  checkNumber("lookahead", "every", every, { min: 1, whole: true });
  checkNumber("lookahead", "stepSize", stepSize, { min: 0 });
  const transformation = withState<LookaheadState>({
    ...described,
    init: (params) => ({
      inner: rule.init(params),
      slow: mapState(copy, params),
      count: startCount(),
    }),
    update: (grads, state, params, extras) => {
      const [fast, inner] = rule.update(grads, state.inner, params, extras);
      const syncs = state.count.equal(every - 1);
      const behind = (s: Tensor, p: Tensor, u: Tensor): Tensor =>
        s.add(p.add(u).sub(s).mul(stepSize));
      const slow = mapState(
        (s, p, u) => where(syncs, behind(s, p, u), s),
        state.slow,
        params,
        fast,
      );
      const updates = mapTensors((u, s, p) => where(syncs, s.sub(p), u), fast, slow, params);
      const next = resetState ? selectTree(syncs, rule.init(params), inner) : inner;
      return [updates, { inner: next, slow, count: where(syncs, 0, state.count.add(1)) }];
    },
  });
  return {
    ...transformation,
    evalParams: (state, params) =>
      mapTensors((_p, s) => s, params, nestedState<LookaheadState>(described, state)[0].slow),
  };
};
