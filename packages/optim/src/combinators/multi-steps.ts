import {
  asTensor,
  type DType,
  logicalAnd,
  logicalNot,
  maximum,
  type Tensor,
  where,
  zeros,
} from "@adjoint/core";
import type { GradientTransformation, OptState, UpdateExtras } from "../gradient-transformation.ts";
import { checkName, checkNumber, checkRules, settingsOf } from "../internal/check.ts";
import { startCount } from "../internal/count.ts";
import { mapState, mapTensors } from "../internal/map-tensors.ts";
import { wide } from "../internal/rms.ts";
import { scalarDType } from "../internal/scalars.ts";
import { updateWhen } from "../internal/when.ts";
import { nestedState } from "../internal/nested-state.ts";
import { withState } from "../internal/with-state.ts";
import type { Schedule } from "../schedules/schedule.ts";
import type { SkipRule } from "./skip-rules.ts";

/** Settings of `multiSteps`. */
export type MultiStepsOptions = {
  /** Micro-batches in a step: a number, or a schedule of the steps so far. */
  readonly every: number | Schedule;
  /** Whether the gradients are of the mean loss of their tokens ("mean", default) or of its sum ("sum"). */
  readonly gradsOf?: "mean" | "sum";
  /** Micro-batches that are left out; they do not count. */
  readonly skip?: SkipRule;
};

/** An optimizer over several micro-batches. */
export type MultiSteps = GradientTransformation & {
  /** Whether the last update, which gave this state (or one around it), was a step of the optimizer: a bool scalar. */
  readonly hasStepped: (state: OptState) => Tensor;
};

type Accumulator = {
  /** Gradients times tokens so far, in float32 at least. */
  readonly sum: unknown;
  /** Tokens so far. */
  readonly tokens: Tensor;
  /** Micro-batches so far. */
  readonly micro: Tensor;
};

type MultiState = Accumulator & {
  readonly inner: OptState;
  readonly steps: Tensor;
  /** Whether the last update was a step, a bool scalar: a micro-batch that is left out looks like one in the other fields. */
  readonly stepped: Tensor;
};

const described: {
  readonly name: string;
  readonly keys: readonly (keyof MultiState)[];
} = { name: "multiSteps", keys: ["inner", "sum", "tokens", "micro", "steps", "stepped"] };

/** One micro-batch more. What has no tokens or is skipped adds nothing, not even its NaN. */
const accumulated = (
  grads: unknown,
  { sum, tokens, micro }: Accumulator,
  of: Tensor,
  { gradsOf, skipped }: { readonly gradsOf: "mean" | "sum"; readonly skipped: Tensor },
): Accumulator => {
  const counts = logicalAnd(of.greater(0), logicalNot(skipped));
  const share = (g: Tensor): Tensor =>
    gradsOf === "sum" ? wide(g) : wide(g).mul(of.cast(wide(g).dtype));
  return {
    sum: mapState((s, g) => s.add(where(counts, share(g), 0)), sum, grads),
    tokens: tokens.add(where(counts, of, 0)),
    micro: micro.add(logicalNot(skipped).cast("int32")),
  };
};

/** The mean over all tokens, in the dtypes of the gradients. */
const meanOf = <P>(grads: P, { sum, tokens }: Accumulator): P => {
  const over = maximum(tokens, 1e-30).pow(-1);
  return mapTensors((g, s) => s.mul(over.cast(s.dtype)).cast(g.dtype), grads, sum);
};

const emptied = (done: Tensor, { sum, tokens, micro }: Accumulator): Accumulator => ({
  sum: mapState((s) => where(done, 0, s), sum),
  tokens: where(done, 0, tokens),
  micro: where(done, 0, micro),
});

const tokensOf = ({ tokens = 1 }: UpdateExtras, dtype: DType): Tensor =>
  asTensor(tokens).cast(dtype);

/**
 * One step of an optimizer for several micro-batches; updates are zero in between. Gradients are weighed by the trained
 * tokens of their micro-batch, which `update` gets as `{ tokens }`, so that the step is that of one big batch: the mean of
 * the means would weigh tokens of short micro-batches more. Without `{ tokens }` all count the same. A step whose
 * micro-batches have no trained token is not taken. Throws ArgumentError for settings out of range.
 * @see https://github.com/huggingface/transformers/issues/34191
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { multiSteps, sgd } from "@adjoint/optim";
 * const optimizer = multiSteps(sgd({ learningRate: 1 }), { every: 2 });
 * const w = tensor(0);
 * // mean gradients of three tokens (1, 2, 3) and of one (10): the mean of all four is 4
 * const [first, state] = optimizer.update(tensor(2), optimizer.init(w), w, { tokens: 3 });
 * const [second] = optimizer.update(tensor(10), state, w, { tokens: 1 });
 * [await first.item(), await second.item()]; // => [0, -4]
 * ```
 */
export const multiSteps = (
  rule: GradientTransformation,
  options: MultiStepsOptions,
): MultiSteps => {
  const {
    every,
    gradsOf = "mean",
    skip = () => asTensor(false),
  } = settingsOf("multiSteps", options);
  checkRules("multiSteps", rule);
  if (typeof every === "number") checkNumber("multiSteps", "every", every, { min: 1, whole: true });
  checkName("multiSteps", "gradsOf", gradsOf, ["mean", "sum"]);
  const isFull = (micro: Tensor, steps: Tensor): Tensor =>
    micro.greaterEqual(typeof every === "number" ? every : every(steps));
  const transformation = withState<MultiState>({
    ...described,
    init: (params) => ({
      inner: rule.init(params),
      sum: mapState((p) => zeros(p.shape, { dtype: wide(p).dtype }), params),
      tokens: zeros([], { dtype: scalarDType(params) }),
      micro: startCount(),
      steps: startCount(),
      stepped: zeros([], { dtype: "bool" }),
    }),
    update: (grads, { inner, steps, stepped: _before, ...before }, params, extras = {}) => {
      const of = tokensOf(extras, before.tokens.dtype);
      const so = accumulated(grads, before, of, { gradsOf, skipped: skip(grads) });
      const full = isFull(so.micro, steps);
      const taken = logicalAnd(full, so.tokens.greater(0));
      const all = { ...extras, tokens: so.tokens }; // for a rule inside that weighs, too
      const step = () => rule.update(meanOf(grads, so), inner, params, all);
      const [updates, next] = updateWhen(taken, step, grads, inner);
      const after = { ...emptied(full, so), steps: steps.add(taken.cast("int32")) };
      return [updates, { ...after, inner: next, stepped: taken }];
    },
  });
  return {
    ...transformation,
    hasStepped: (state) => nestedState<MultiState>(described, state)[0].stepped,
  };
};
