import type { Backend, Executable } from "../backend/backend.ts";
import { isDebuggingNans } from "../backend/debug-nans.ts";
import { getBackend } from "../backend/current.ts";
import { ArgumentError } from "../errors.ts";
import { rebuild, trusted } from "../internal/typed.ts";
import { activeTraces } from "../ir/trace.ts";
import { type Aval, formatAval } from "../ir/aval.ts";
import type { Ir } from "../ir/ir.ts";
import { bufferOnBackend, Tensor } from "../tensor.ts";
import { sameShape } from "../shape.ts";
import { flatten, formatStructure, sameStructure, type Structure } from "../tree/structure.ts";
import type { TensorTree } from "../tree/types.ts";
import { checkArgnums } from "./vjp.ts";
import { flattenTensors, type FlatArgs, traceAt } from "./trace-function.ts";

/** Settings of `jit`. */
export type JitOptions = {
  /** Arguments that are plain JavaScript values, part of the cache key: data by value, functions by identity. */
  readonly staticArgnums?: readonly number[];
  /** Arguments whose storage the result may reuse; their tensors cannot be used afterwards. */
  readonly donateArgnums?: readonly number[];
  /** Name in messages and profiles; the function's own by default. */
  readonly name?: string;
};

type Entry = {
  readonly ir: Ir;
  readonly out: Structure;
  readonly executable: Executable;
  /** For each leaf: whether its storage is given away. */
  readonly donated: readonly boolean[];
};

const identities = /* @__PURE__ */ new WeakMap<object, number>();
let nextIdentity = 0;

const identityOf = (value: object): number => {
  const known = identities.get(value);
  if (known !== undefined) return known;
  identities.set(value, ++nextIdentity);
  return nextIdentity;
};

const isFunctionOrInstance = (value: unknown): value is object => {
  if (typeof value === "function") return true;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype !== null && prototype !== Object.prototype;
};

/** Part of the cache key for a static argument: plain data by value, functions and instances by identity. */
const staticKey = (value: unknown): string => {
  if (isFunctionOrInstance(value)) return `#${identityOf(value)}`;
  if (Array.isArray(value)) return `[${value.map(staticKey).join()}]`;
  if (typeof value === "string") return JSON.stringify(value);
  if (Object.is(value, -0)) return "-0";
  if (typeof value !== "object" || value === null) return `${typeof value}:${String(value)}`;
  const entries = Object.entries(value).sort(([x], [y]) => (x < y ? -1 : 1));
  return `{${entries.map(([key, v]) => `${JSON.stringify(key)}=${staticKey(v)}`).join()}}`;
};

const typeKey = (x: Tensor): string => `${x.dtype}${x.shape.join("x")}${x.aval.number ?? ""}`;

const keyOf = (flat: FlatArgs, statics: readonly unknown[]): string =>
  `${formatStructure(flat.structure)}|${flat.leaves.map(typeKey).join()}|${statics.map(staticKey).join()}`;

const sameType = (a: Aval, b: Aval | undefined): boolean =>
  a === b ||
  (b !== undefined && a.dtype === b.dtype && a.number === b.number && sameShape(a.shape, b.shape));

/** The arguments of a call without static ones, by their types. */
type Signature = { readonly structure: Structure; readonly avals: readonly Aval[] };

/** Whether arguments have the key of earlier ones; making it takes longer where there are many. */
const fits = ({ structure, avals }: Signature, flat: FlatArgs): boolean =>
  flat.leaves.length === avals.length &&
  flat.leaves.every(({ aval }, i) => sameType(aval, avals[i])) &&
  sameStructure(flat.structure, structure);

const compile = <A extends readonly unknown[]>(
  fn: (...args: A) => unknown,
  flat: FlatArgs,
  statics: ReadonlyMap<number, unknown>,
  donated: readonly boolean[],
  name: string,
): Entry => {
  const full = (...rest: readonly unknown[]): unknown =>
    fn(...trusted<A>(interleave(rest, statics)));
  const { ir, out } = traceAt(
    "jit",
    full,
    flat.structure,
    flat.leaves.map((x) => x.aval),
  );
  const captured = ir.captures.map(() => false);
  return {
    ir,
    out,
    donated,
    executable: getBackend().compile(ir, { donated: [...captured, ...donated], name }),
  };
};

/** Puts static arguments back between the others. */
const interleave = (
  rest: readonly unknown[],
  statics: ReadonlyMap<number, unknown>,
): readonly unknown[] => {
  const next = rest[Symbol.iterator]();
  return Array.from({ length: rest.length + statics.size }, (_, i) =>
    statics.has(i) ? statics.get(i) : next.next().value,
  );
};

/** A tensor that is given away must not be read through another argument or a closure. */
const checkDonated = ({ ir, donated }: Entry, leaves: readonly Tensor[]): void => {
  const given = leaves.filter((_, i) => donated[i] === true);
  if (given.length === 0) return;
  const unique = new Set(given);
  const isShared = (x: Tensor): boolean => x.literalValue === undefined && unique.has(x);
  const others = leaves.filter((_, i) => donated[i] !== true);
  const again =
    given.length === unique.size ? undefined : given.find((x, i) => given.indexOf(x) !== i);
  const shared = [...others, ...ir.captures.map((c) => c.value), ...(again ? [again] : [])].find(
    isShared,
  );
  if (shared)
    throw new ArgumentError({
      operation: "jit",
      rule: "a donated tensor may be passed once and not be used elsewhere in the call",
      got: `${formatAval(shared.aval)} twice`,
      fix: "pass a copy, for example x.add(0)",
    });
};

const run = (entry: Entry, leaves: readonly Tensor[]): readonly Tensor[] => {
  checkDonated(entry, leaves);
  const inputs = [
    ...entry.ir.captures.map((c) => bufferOnBackend(c.value)),
    ...leaves.map((x, i) => (entry.donated[i] === true ? x.ownBuffer() : bufferOnBackend(x))),
  ];
  const results = entry.executable.run(inputs).map((buffer) => Tensor.stored(buffer));
  leaves.forEach((x, i) => {
    if (entry.donated[i] === true) x.donate();
  });
  return results;
};

/** Constants made while tracing are gone with the device that they were made on: tracing makes them anew. */
const isStale = ({ ir }: Entry): boolean => ir.captures.some(({ value }) => value.isLost);

/** How many traced variants of one function are kept; the least recently used goes first. */
const cacheSize = 64;

class Cache {
  readonly #entries = new Map<string, Entry>();
  #last: (Signature & { readonly entry: Entry }) | undefined;

  get(flat: FlatArgs, statics: readonly unknown[], make: () => Entry): Entry {
    const last = this.#last;
    if (last !== undefined && statics.length === 0 && fits(last, flat) && !isStale(last.entry))
      return last.entry;
    const entry = this.#find(keyOf(flat, statics), make);
    const avals = flat.leaves.map(({ aval }) => aval);
    this.#last = statics.length === 0 ? { structure: flat.structure, avals, entry } : undefined;
    return entry;
  }

  #find(key: string, make: () => Entry): Entry {
    const known = this.#entries.get(key);
    const entry = known === undefined || isStale(known) ? make() : known;
    if (entry !== known) known?.executable.dispose();
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    const [oldest] = this.#entries;
    if (this.#entries.size > cacheSize && oldest) {
      this.#entries.delete(oldest[0]);
      oldest[1].executable.dispose();
    }
    return entry;
  }
}

/**
 * Compiles `fn`: traced once per tree structure, shapes, dtypes and static arguments, then run as one program.
 * Inside another transform it is transparent. `fn` must be pure: JavaScript in it runs while tracing only.
 * Throws TracerError when `fn` reads values of its arguments, DisposedError for donated tensors used again.
 *
 * ```ts doctest
 * import { jit, tensor } from "@adjoint/core";
 * const scale = jit((x: ReturnType<typeof tensor>) => x.mul(2).add(1));
 * await scale(tensor([1, 2])).toArray(); // => [3, 5]
 * ```
 */
export const jit = <A extends readonly unknown[], R>(
  fn: (...args: A) => R,
  options: JitOptions = {},
): ((...args: A) => TensorTree<R>) => {
  const { staticArgnums = [], donateArgnums = [], name = fn.name } = options;
  if (staticArgnums.some((n) => donateArgnums.includes(n)))
    throw new ArgumentError({
      operation: "jit",
      rule: "a static argument cannot be donated",
      got: `[${donateArgnums.join()}]`,
    });
  const caches = new WeakMap<Backend, Cache>();
  const cacheOf = (backend: Backend): Cache => {
    const cache = caches.get(backend) ?? new Cache();
    caches.set(backend, cache);
    return cache;
  };
  return (...args) => {
    if (activeTraces().length > 0 || isDebuggingNans()) return trusted<TensorTree<R>>(fn(...args));
    checkArgnums("jit", [...staticArgnums, ...donateArgnums], args.length);
    const statics = new Map(staticArgnums.map((n) => [n, checkStatic(n, args[n])]));
    const flat = flattenTensors(
      "jit",
      args.filter((_, i) => !statics.has(i)),
    );
    const entry = cacheOf(getBackend()).get(flat, [...statics.values()], () =>
      compile(fn, flat, statics, donationOf(args, statics, donateArgnums), name),
    );
    const outputs = run(entry, flat.leaves);
    return rebuild<R>(entry.out, outputs);
  };
};

/** A tensor would be baked into the program, and every new one would compile another. */
const checkStatic = (n: number, value: unknown): unknown => {
  if (!flatten(value).leaves.some((leaf) => leaf instanceof Tensor)) return value;
  throw new ArgumentError({
    operation: "jit",
    rule: "a static argument must be plain data, not tensors",
    got: `a tensor in argument ${n}`,
    fix: "take it out of staticArgnums",
  });
};

const donationOf = (
  args: readonly unknown[],
  statics: ReadonlyMap<number, unknown>,
  donate: readonly number[],
): readonly boolean[] =>
  args.flatMap((arg, i) =>
    statics.has(i) ? [] : flattenTensors("jit", arg).leaves.map(() => donate.includes(i)),
  );
