import { type Either, left, right } from "@adjoint/core/either";
import { TokenizerFormatError } from "../errors.ts";

/** What `read` returns; what it complains about with a TokenizerFormatError becomes a `left`. */
export const reading = <A>(read: () => A): Either<TokenizerFormatError, A> => {
  try {
    return right(read());
  } catch (error) {
    if (error instanceof TokenizerFormatError) return left(error);
    throw error;
  }
};
