import {
  broadcastTo,
  eye,
  jit,
  logicalAnd,
  logicalNot,
  logSoftmax,
  swapaxes,
  takeAlongAxis,
  type Tensor,
} from "@adjoint/core";
import { seq2seq, type Seq2SeqConfig, type Seq2SeqParams } from "@adjoint/models";
import type { CharTokenizer } from "@adjoint/tokenizers";
import type { DatePair } from "./date-pairs.ts";
import { dateRows, type DateRows, padId } from "./date-rows.ts";
import { datesConfig } from "./train-dates.ts";

/** By how many nats each character of the translation gets less likely when one of the text is hidden: (T, S) of one pair. */
const effects = (
  params: Seq2SeqParams,
  { source, target, labels }: DateRows,
  config: Seq2SeqConfig,
): Tensor => {
  const size = source.shape[1] ?? 0;
  const rowsOf = (ids: Tensor): Tensor => broadcastTo(ids, [size, ids.shape[1] ?? 0]);
  const logProbability = (sourceValid: Tensor): Tensor => {
    const logits = seq2seq.apply(params, rowsOf(source), rowsOf(target), config, { sourceValid });
    const all = logSoftmax(logits, -1); // (S, T, V)
    return takeAlongAxis(all, rowsOf(labels).expandDims(-1), -1).reshape([size, -1]);
  };
  const real = rowsOf(source.notEqual(padId));
  const others = logicalNot(eye(size, { dtype: "bool" })); // row i hides character i
  return swapaxes(logProbability(real).sub(logProbability(logicalAnd(real, others))), 0, 1);
};

const compiled = jit(effects, { staticArgnums: [2], name: "hiddenCharacters" });

const shade = (nats: number): string => {
  if (nats < 0.2) return " ";
  if (nats < 1) return "░";
  if (nats < 2) return "▒";
  return nats < 4 ? "▓" : "█";
};

/**
 * A map of what the model reads: a line for each character of the translation, the darker the more it needs the character of
 * the text above.
 */
export const readingMap = async (
  params: Seq2SeqParams,
  pair: DatePair,
  tokenizer: CharTokenizer,
): Promise<readonly string[]> => {
  const table = await compiled(params, dateRows([pair], tokenizer), datesConfig(tokenizer)).data();
  const size = [...pair.text].length;
  const line = (character: string, row: number): string =>
    `${character} ${Array.from(table.subarray(row * size, (row + 1) * size), shade).join("")}`;
  return [`  ${pair.text}`, ...Array.from(pair.iso, line)];
};
