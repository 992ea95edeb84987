import { arange, argmax, jit, scan, swapaxes, type Tensor, tensor } from "@adjoint/core";
import { type DecoderCache, vlm, type VlmConfig, type VlmParams } from "@adjoint/models";
import type { CharTokenizer } from "@adjoint/tokenizers";
import { endId, promptOf, type Shown, stackPictures } from "./answer-rows.ts";

type Carry = { readonly last: Tensor; readonly cache: DecoderCache };

/** The likeliest character each time, written from the cache: pictures (N, F, 3, H, W) give (N, length). */
const greedy = (params: VlmParams, images: Tensor, config: VlmConfig, length: number): Tensor => {
  const [count = 0, frames = 0] = images.shape;
  const prompt = promptOf(frames, config);
  const ids = tensor([prompt], { dtype: "int32" }).broadcastTo([count, prompt.length]);
  const empty = vlm.cache(config, { lead: [count], capacity: prompt.length + length });
  const likeliest = (logits: Tensor): Tensor => {
    const [rows = 0, places = 0, width = 0] = logits.shape;
    return argmax(logits.slice([0, places - 1, 0], [rows, places, width]), -1).flatten();
  };
  const [logits, cache] = vlm.applyCached(params, empty, ids, images, config);
  const step = ({ last, cache: before }: Carry): readonly [Carry, Tensor] => {
    const next = last.expandDims(-1); // (N, 1)
    const [scores, longer] = vlm.applyCached(params, before, next, undefined, config);
    return [{ last: likeliest(scores), cache: longer }, last];
  };
  const [, tokens] = scan(step, { last: likeliest(logits), cache }, arange(length));
  return swapaxes(tokens, 0, 1);
};

const compiled = jit(greedy, { staticArgnums: [2, 3], name: "writeAnswers" });

/** What the model writes about each of the pictures, at most `length` characters. */
export const writeAnswers = async (
  params: VlmParams,
  shown: readonly Shown[],
  frames: number,
  { tokenizer, config, length }: Writing,
): Promise<readonly string[]> => {
  const images = stackPictures(shown, frames, config);
  const tokens = await compiled(params, images, config, length).data();
  return shown.map((_, i) => {
    const ids = Array.from(tokens.subarray(i * length, (i + 1) * length));
    const end = ids.indexOf(endId);
    return tokenizer.decode(end < 0 ? ids : ids.slice(0, end));
  });
};

/** How answers are written. */
export type Writing = {
  readonly tokenizer: CharTokenizer;
  readonly config: VlmConfig;
  readonly length: number;
};

/** Share of answers that are right to the last character. */
export const shareRight = (written: readonly string[], shown: readonly Shown[]): number =>
  shown.filter(({ answer }, i) => written[i] === answer).length / shown.length;

/** Share of answers that are right when the commonest of `seen` is always written. */
export const shareOfCommonest = (seen: readonly Shown[], shown: readonly Shown[]): number => {
  const counts = new Map<string, number>();
  for (const { answer } of seen) counts.set(answer, (counts.get(answer) ?? 0) + 1);
  const [commonest = ""] = [...counts].toSorted(([, a], [, b]) => b - a)[0] ?? [];
  return shareRight(
    shown.map(() => commonest),
    shown,
  );
};
