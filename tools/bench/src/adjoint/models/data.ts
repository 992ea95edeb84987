import { type Tensor, tensor } from "@adjoint/core";
import { hashed, hashedTokens } from "../../model/hashed.ts";
import { imageClasses, type ModelCase } from "../../model/models.ts";

/** int32 (rows, length) of a stream, the same for every engine. */
export const ids = (
  stream: number,
  [rows, length]: readonly [number, number],
  vocab: number,
): Tensor => tensor(hashedTokens(rows * length, stream, vocab), { shape: [rows, length] });

/** Texts and the tokens that follow each of theirs, (B, T) each. */
export const nextTokens = (
  { batch, length }: ModelCase,
  vocab: number,
): readonly [Tensor, Tensor] => {
  const text = ids(1000, [batch, length + 1], vocab);
  return [text.slice([0, 0], [batch, length]), text.slice([0, 1], [batch, length + 1])];
};

/** Images (B, 3, H, W). */
export const images = ({ batch, image }: ModelCase): Tensor => {
  const shape = [batch, 3, image, image];
  return tensor(hashed(batch * 3 * image * image, 2000, 1, 0), { shape });
};

/** A class for each of the batch, (B). */
export const classes = ({ batch }: ModelCase, count: number = imageClasses): Tensor =>
  tensor(hashedTokens(batch, 1003, count), { shape: [batch] });

/** Texts that end with the last token of the vocabulary, which no other place has. */
export const endedTexts = ({ batch, length }: ModelCase, vocab: number): Tensor => {
  const data = hashedTokens(batch * length, 1000, vocab - 1);
  for (let row = 1; row <= batch; row++) data[row * length - 1] = vocab - 1;
  return tensor(data, { shape: [batch, length] });
};
