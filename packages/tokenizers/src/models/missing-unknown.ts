import { TokenizerFormatError } from "../errors.ts";

/** A piece is unknown and the vocabulary has no token to say so. */
export const missingUnknown = (
  model: string,
  unkToken: string | undefined,
  piece: string,
): TokenizerFormatError =>
  new TokenizerFormatError({
    operation: "encode",
    rule: `the vocabulary of a ${model} model must have its unknown token to encode unknown text`,
    got: `${JSON.stringify(piece.slice(0, 40))}, unknown token ${JSON.stringify(unkToken)}`,
    fix: "add the unknown token to the vocabulary",
  });
