type Step<A, B> = (value: A) => B;

/**
 * Passes a value through functions one after another; fp-ts's `pipe` works as well.
 *
 * ```ts doctest
 * import { batch, collect, filter, fromArray, map, pipe } from "@adjoint/data";
 * const pairs = pipe(
 *   fromArray([1, 2, 3, 4, 5]),
 *   filter((n) => n !== 3),
 *   map((n) => n * 10),
 *   batch(2),
 * );
 * await collect(pairs); // => [[10, 20], [40, 50]]
 * ```
 */
export function pipe<A, B>(a: A, ab: Step<A, B>): B;
export function pipe<A, B, C>(a: A, ab: Step<A, B>, bc: Step<B, C>): C;
export function pipe<A, B, C, D>(a: A, ab: Step<A, B>, bc: Step<B, C>, cd: Step<C, D>): D;
export function pipe<A, B, C, D, E>(
  a: A,
  ab: Step<A, B>,
  bc: Step<B, C>,
  cd: Step<C, D>,
  de: Step<D, E>,
): E;
export function pipe<A, B, C, D, E, F>(
  a: A,
  ab: Step<A, B>,
  bc: Step<B, C>,
  cd: Step<C, D>,
  de: Step<D, E>,
  ef: Step<E, F>,
): F;
export function pipe<A, B, C, D, E, F, G>(
  a: A,
  ab: Step<A, B>,
  bc: Step<B, C>,
  cd: Step<C, D>,
  de: Step<D, E>,
  ef: Step<E, F>,
  fg: Step<F, G>,
): G;
export function pipe<A, B, C, D, E, F, G, H>(
  a: A,
  ab: Step<A, B>,
  bc: Step<B, C>,
  cd: Step<C, D>,
  de: Step<D, E>,
  ef: Step<E, F>,
  fg: Step<F, G>,
  gh: Step<G, H>,
): H;
export function pipe<A, B, C, D, E, F, G, H, I>(
  a: A,
  ab: Step<A, B>,
  bc: Step<B, C>,
  cd: Step<C, D>,
  de: Step<D, E>,
  ef: Step<E, F>,
  fg: Step<F, G>,
  gh: Step<G, H>,
  hi: Step<H, I>,
): I;
export function pipe<A, B, C, D, E, F, G, H, I, J>(
  a: A,
  ab: Step<A, B>,
  bc: Step<B, C>,
  cd: Step<C, D>,
  de: Step<D, E>,
  ef: Step<E, F>,
  fg: Step<F, G>,
  gh: Step<G, H>,
  hi: Step<H, I>,
  ij: Step<I, J>,
): J;
export function pipe<A, B, C, D, E, F, G, H, I, J, K>(
  a: A,
  ab: Step<A, B>,
  bc: Step<B, C>,
  cd: Step<C, D>,
  de: Step<D, E>,
  ef: Step<E, F>,
  fg: Step<F, G>,
  gh: Step<G, H>,
  hi: Step<H, I>,
  ij: Step<I, J>,
  jk: Step<J, K>,
): K;
export function pipe<A, B, C, D, E, F, G, H, I, J, K, L>(
  a: A,
  ab: Step<A, B>,
  bc: Step<B, C>,
  cd: Step<C, D>,
  de: Step<D, E>,
  ef: Step<E, F>,
  fg: Step<F, G>,
  gh: Step<G, H>,
  hi: Step<H, I>,
  ij: Step<I, J>,
  jk: Step<J, K>,
  kl: Step<K, L>,
): L;
export function pipe(value: unknown, ...steps: readonly Step<unknown, unknown>[]): unknown {
  return steps.reduce((result, step) => step(result), value);
}
