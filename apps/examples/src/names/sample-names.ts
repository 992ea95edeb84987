import { arange, jit, scan, swapaxes, type Tensor, zeros } from "@adjoint/core";
import { foldIn, type Key } from "@adjoint/core/random";
import {
  decoder,
  type DecoderCache,
  type DecoderConfig,
  type DecoderParams,
} from "@adjoint/models";
import { sampleLogits } from "@adjoint/recipes";
import type { CharTokenizer } from "@adjoint/tokenizers";

/** Settings of `sampleNames`. */
export type SampleNamesOptions = {
  readonly key: Key;
  readonly count: number;
  /** Below 1 likely names come more often; default 1. */
  readonly temperature?: number;
};

type Carry = { readonly last: Tensor; readonly cache: DecoderCache };

/** Tokens int32 (count, T) after the one that begins a name, drawn one by one from the cache; what follows a 0 means nothing. */
const drawTokens = (
  params: DecoderParams,
  of: Key,
  config: DecoderConfig,
  count: number,
  temperature: number,
): Tensor => {
  const capacity = config.contextLength;
  const step = ({ last, cache }: Carry, t: Tensor): readonly [Carry, Tensor] => {
    const [logits, longer] = decoder.applyCached(params, cache, last.expandDims(-1), config);
    const next = sampleLogits(foldIn(of, t), logits.reshape([count, -1]), { temperature });
    return [{ last: next, cache: longer }, next];
  };
  const start: Carry = {
    last: zeros([count], { dtype: "int32" }),
    cache: decoder.cache(config, { lead: [count], capacity }),
  };
  const [, tokens] = scan(step, start, arange(capacity, { dtype: "int32" }));
  return swapaxes(tokens, 0, 1);
};

const compiled = jit(drawTokens, { staticArgnums: [2, 3, 4], name: "drawTokens" });

/** Names that the model makes up, all at once, in one compiled program; the same key gives the same names. */
export const sampleNames = async (
  params: DecoderParams,
  { config, tokenizer }: { readonly config: DecoderConfig; readonly tokenizer: CharTokenizer },
  { key, count, temperature = 1 }: SampleNamesOptions,
): Promise<readonly string[]> => {
  const tokens = await compiled(params, key, config, count, temperature).data();
  const size = config.contextLength;
  return Array.from({ length: count }, (_, row) => {
    const ids = Array.from(tokens.subarray(row * size, (row + 1) * size));
    const end = ids.indexOf(0);
    return tokenizer.decode(end < 0 ? ids : ids.slice(0, end));
  });
};
