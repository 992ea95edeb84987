/**
 * The derivative of log Γ, for x > 0.
 * Source: the asymptotic series around x - 1/2, as SentencePiece's and Hugging Face's trainers use it.
 */
export const digamma = (x: number): number => {
  let result = 0;
  let at = x;
  for (; at < 7; at++) result -= 1 / at;
  const y = at - 0.5;
  const s = 1 / (y * y);
  return result + Math.log(y) + s * (1 / 24 - s * (7 / 960 - s * (31 / 8064 - s * (127 / 30720))));
};
