import {
  ArgumentError,
  dynamicSliceInDim,
  fromData,
  jit,
  softmax,
  takeAlongAxis,
  tensor,
  type Tensor,
} from "@adjoint/core";
import { foldIn, type Key } from "@adjoint/core/random";
import { breather } from "./internal/event-loop.ts";
import {
  checkSampling,
  filterLogits,
  sampleLogits,
  type SamplingOptions,
} from "./sample-logits.ts";

/** Next-token scores of a causal model: tokens int32 (B, T) to logits (B, T, V). */
export type LogitsFunction<P> = (params: P, tokens: Tensor) => Tensor;

/** Settings of `generate`. */
export type GenerateOptions = SamplingOptions & {
  readonly key: Key;
  /** Longest context the model takes. */
  readonly blockSize: number;
  /** Most tokens to draw; may be Infinity. */
  readonly maxNewTokens: number;
  /** Ends when it returns true for a token (which is still given). */
  readonly stop?: (token: number) => boolean;
};

/** A drawn token and the probability it was drawn with. */
export type Generated = { readonly token: number; readonly probability: number };

/** Draws the token behind the first `length` tokens of a window (1, T). */
const nextToken =
  <P>(model: LogitsFunction<P>, options: SamplingOptions) =>
  (params: P, window: Tensor, length: Tensor, key: Key): { token: Tensor; probability: Tensor } => {
    const logits = model(params, window); // (1, T, V)
    const last = dynamicSliceInDim(logits, length.sub(1), 1, 1).reshape([-1]); // (V)
    const token = sampleLogits(key, last, options);
    const chosen = takeAlongAxis(softmax(filterLogits(last, options)), token.reshape([1]), 0);
    return { token, probability: chosen.reshape([]) };
  };

const check = (prompt: ArrayLike<number>, options: GenerateOptions): void => {
  const { blockSize, maxNewTokens } = options;
  if (prompt.length === 0)
    throw new ArgumentError({
      operation: "generate",
      rule: "needs a prompt of at least one token",
      got: "none",
      fix: "start with a newline or a BOS token",
    });
  if (!Number.isSafeInteger(blockSize) || blockSize < 1 || !(maxNewTokens >= 0))
    throw new ArgumentError({
      operation: "generate",
      rule: "blockSize must be a whole number of at least 1, maxNewTokens at least 0",
      got: `${blockSize} and ${maxNewTokens}`,
    });
  checkSampling(options);
};

/**
 * Continues a prompt token by token. The context is the last `blockSize` tokens, padded behind to one fixed shape,
 * so the model is compiled once; being causal it does not see the padding. The same key gives the same tokens.
 * Throws ArgumentError for an empty prompt or impossible sampling options.
 *
 * ```ts doctest
 * import { oneHot, type Tensor } from "@adjoint/core";
 * import { key } from "@adjoint/core/random";
 * import { generate } from "@adjoint/recipes";
 * // a "model" that always wants the next number
 * const counter = (_params: null, tokens: Tensor) => oneHot(tokens.add(1), 10);
 * const out: number[] = [];
 * const options = { key: key(0), blockSize: 4, maxNewTokens: 3, temperature: 0 };
 * for await (const { token } of generate(counter, null, [2], options)) out.push(token);
 * out; // => [3, 4, 5]
 * ```
 */
export async function* generate<P>(
  model: LogitsFunction<P>,
  params: P,
  prompt: ArrayLike<number>,
  options: GenerateOptions,
): AsyncGenerator<Generated, void, undefined> {
  check(prompt, options);
  const { blockSize, maxNewTokens, key, stop = () => false } = options;
  const next = jit(nextToken(model, options), { name: "nextToken" });
  const tokens = Array.from(prompt);
  const breathe = breather();
  for (let i = 0; i < maxNewTokens; i++) {
    const context = tokens.slice(-blockSize);
    const window = new Int32Array(blockSize);
    window.set(context);
    const length = tensor(context.length, { dtype: "int32" });
    const drawn = next(params, fromData(window, [1, blockSize]), length, foldIn(key, i));
    const token = Number(await drawn.token.item());
    yield { token, probability: Number(await drawn.probability.item()) };
    tokens.push(token);
    await breathe();
    if (stop(token)) return;
  }
}
