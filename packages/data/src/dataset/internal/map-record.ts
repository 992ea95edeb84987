/** A record with the same keys; `fn` gets each value and how many came before it. */
export const mapRecord = <N extends string, A, B>(
  record: { readonly [K in N]: A },
  fn: (value: A, index: number) => B,
): { readonly [K in N]: B } =>
  Object.fromEntries(
    Object.entries<A>(record).map(([key, value], index) => [key, fn(value, index)]),
  ) as { readonly [K in N]: B };
