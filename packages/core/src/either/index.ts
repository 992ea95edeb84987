/**
 * A failure (`left`) or a result (`right`), told apart by `_tag`: for failures that are to be expected, such as a bad
 * file. It is fp-ts's `Either` by structure, so that library's functions take it.
 */
export type Either<E, A> =
  | { readonly _tag: "Left"; readonly left: E }
  | { readonly _tag: "Right"; readonly right: A };

/** The failure `value`. */
export const left = <E>(value: E): Either<E, never> => ({ _tag: "Left", left: value });

/** The result `value`. */
export const right = <A>(value: A): Either<never, A> => ({ _tag: "Right", right: value });
