import { arange, argmax, full, jit, scan, swapaxes, type Tensor } from "@adjoint/core";
import { seq2seq, type Seq2SeqConfig, type Seq2SeqParams } from "@adjoint/models";
import type { KvCache } from "@adjoint/nn";
import type { CharTokenizer } from "@adjoint/tokenizers";
import type { DatePair } from "./date-pairs.ts";
import { endId, padId, sourceRows, startId, targetLength } from "./date-rows.ts";
import { datesConfig } from "./train-dates.ts";

type Carry = { readonly last: Tensor; readonly cache: readonly KvCache[] };

/** The likeliest token each time, written from the cache: source (N, S) gives (N, T). */
const greedy = (params: Seq2SeqParams, source: Tensor, config: Seq2SeqConfig): Tensor => {
  const count = source.shape[0] ?? 0;
  const memory = seq2seq.encode(params, source, config, { sourceValid: source.notEqual(padId) });
  const step = ({ last, cache }: Carry): readonly [Carry, Tensor] => {
    const target = last.expandDims(-1); // (N, 1)
    const [logits, longer] = seq2seq.decodeCached(params, memory, cache, target, config);
    const next = argmax(logits, -1).reshape([count]);
    return [{ last: next, cache: longer }, next];
  };
  const start: Carry = {
    last: full([count], startId, { dtype: "int32" }),
    cache: seq2seq.cache(config, { lead: [count], capacity: targetLength }),
  };
  const [, tokens] = scan(step, start, arange(targetLength));
  return swapaxes(tokens, 0, 1);
};

const compiled = jit(greedy, { staticArgnums: [2], name: "translate" });

/** Texts a program translates at once. */
const chunk = 250;

/** Translations of all texts, which are no longer than the longest date (29 characters). */
export const translateDates = async (
  params: Seq2SeqParams,
  texts: readonly string[],
  tokenizer: CharTokenizer,
): Promise<readonly string[]> => {
  const translations: string[] = [];
  for (let first = 0; first < texts.length; first += chunk) {
    const source = sourceRows(texts.slice(first, first + chunk), tokenizer, 29);
    const tokens = await compiled(params, source, datesConfig(tokenizer)).data();
    for (let at = 0; at < tokens.length; at += targetLength) {
      const ids = Array.from(tokens.subarray(at, at + targetLength));
      const end = ids.indexOf(endId);
      translations.push(tokenizer.decode(end < 0 ? ids : ids.slice(0, end)));
    }
  }
  return translations;
};

/** Translations that are not the right one, to the last character. */
export const mistakes = async (
  params: Seq2SeqParams,
  pairs: readonly DatePair[],
  tokenizer: CharTokenizer,
): Promise<readonly (DatePair & { readonly got: string })[]> => {
  const texts = pairs.map(({ text }) => text);
  const got = await translateDates(params, texts, tokenizer);
  return pairs.flatMap((pair, i) => {
    const own = got[i] ?? "";
    return own === pair.iso ? [] : [{ ...pair, got: own }];
  });
};
