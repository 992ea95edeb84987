import { size } from "../kernel/shape-marks.ts";

/**
 * Part of an address that is no sum: the digit `floor(of / divisor) % modulus` of a WGSL u32 variable or expression whose
 * values are below `extent`. Digits are all that splitting a flat index into coordinates needs.
 */
export type Digit = {
  readonly of: string;
  readonly extent: number;
  readonly divisor: number;
  readonly modulus: number;
};

type Term = { readonly digit: Digit; readonly factor: number };

const keyOf = ({ of, divisor, modulus }: Digit): string => `${of}/${divisor}%${modulus}`;

/** A digit without a modulus or divisor that has no effect. */
const digitOf = (of: string, extent: number, divisor: number, modulus: number): Digit => {
  const most = Math.ceil(extent / divisor);
  return { of, extent, divisor, modulus: Math.min(modulus, most) };
};

/** Two terms that are neighbouring digits of one number, as one: c n d(b, m) + c d(a, n) with b = a n. */
const joined = (high: Term, low: Term): Term | undefined => {
  const [h, l] = [high.digit, low.digit];
  const fits =
    h.of === l.of && h.divisor === l.divisor * l.modulus && high.factor === low.factor * l.modulus;
  if (!fits) return undefined;
  return { digit: digitOf(l.of, l.extent, l.divisor, l.modulus * h.modulus), factor: low.factor };
};

const merged = (terms: readonly Term[]): readonly Term[] => {
  for (const high of terms)
    for (const low of terms) {
      const both = high === low ? undefined : joined(high, low);
      if (both !== undefined)
        return merged([both, ...terms.filter((t) => t !== high && t !== low)]);
    }
  return terms;
};

const collected = (terms: readonly Term[]): readonly Term[] => {
  const sums = new Map<string, Term>();
  for (const { digit, factor } of terms) {
    if (digit.modulus <= 1 || factor === 0) continue;
    const before = sums.get(keyOf(digit))?.factor ?? 0;
    sums.set(keyOf(digit), { digit, factor: before + factor });
  }
  return merged([...sums.values()].filter((t) => t.factor !== 0));
};

/** A whole number that a kernel computes: a constant plus digits times factors. Values are never negative. */
export class Affine {
  readonly terms: readonly Term[];
  readonly constant: number;

  private constructor(terms: readonly Term[], constant: number) {
    this.terms = terms;
    this.constant = constant;
  }

  static of(constant: number): Affine {
    return new Affine([], constant);
  }

  /** A WGSL u32 variable or expression with values in [0, extent). */
  static variable(name: string, extent: number): Affine {
    return new Affine(collected([{ digit: digitOf(name, extent, 1, Infinity), factor: 1 }]), 0);
  }

  static digit(digit: Digit): Affine {
    return new Affine(collected([{ digit, factor: 1 }]), 0);
  }

  plus(other: Affine | number): Affine {
    if (typeof other === "number") return new Affine(this.terms, this.constant + other);
    return new Affine(collected([...this.terms, ...other.terms]), this.constant + other.constant);
  }

  times(factor: number): Affine {
    return new Affine(
      collected(this.terms.map((t) => ({ ...t, factor: t.factor * factor }))),
      this.constant * factor,
    );
  }

  /** Least and largest value it can have. */
  get range(): readonly [number, number] {
    let [low, high] = [this.constant, this.constant];
    for (const { digit, factor } of this.terms) {
      if (factor > 0) high += factor * (digit.modulus - 1);
      else low += factor * (digit.modulus - 1);
    }
    return [low, high];
  }

  /** The parts that `by` divides and the rest, when the rest stays below `by` and above 0. */
  #split(by: number): readonly [Affine, Affine] | undefined {
    const whole = this.terms.filter((t) => t.factor % by === 0);
    const rest = this.terms.filter((t) => t.factor % by !== 0);
    const high = Math.floor(this.constant / by);
    const remainder = new Affine(rest, this.constant - high * by);
    const quotient = new Affine(
      whole.map((t) => ({ ...t, factor: t.factor / by })),
      high,
    );
    const [low, most] = remainder.range;
    if (low >= 0 && most < by) return [quotient, remainder];
    const [top] = [...rest].sort((a, b) => b.factor - a.factor);
    if (top === undefined) return undefined;
    const others = new Affine(
      rest.filter((t) => t !== top),
      remainder.constant,
    );
    return splitDigit(quotient, top, others, by);
  }

  /** floor(this / by). */
  div(by: number): Affine {
    if (by === 1) return this;
    const split = this.#split(by);
    if (split !== undefined) return split[0];
    const [, high] = this.range;
    return Affine.variable(`(${this.text} / ${size(by)})`, Math.floor(high / by) + 1);
  }

  /** this % by. */
  mod(by: number): Affine {
    const [low, high] = this.range;
    if (low >= 0 && high < by) return this;
    const split = this.#split(by);
    if (split !== undefined) return split[1];
    return Affine.variable(`(${this.text} % ${size(by)})`, Math.min(by, high + 1));
  }

  equals(other: Affine): boolean {
    return this.key === other.key;
  }

  /** The same for equal sums. */
  get key(): string {
    const terms = this.terms.map(({ digit, factor }) => `${factor}*${keyOf(digit)}`).sort();
    return `${terms.join("+")}+${this.constant}`;
  }

  /** The factor of a whole variable, 0 when it is not there; undefined when only some of its digits are. */
  factorOf(name: string): number | undefined {
    const own = this.terms.filter(({ digit }) => mentions(digit.of, name));
    const [first] = own;
    if (first === undefined) return 0;
    const { digit, factor } = first;
    const isWhole = digit.of === name && digit.divisor === 1 && digit.modulus === digit.extent;
    return own.length === 1 && isWhole ? factor : undefined;
  }

  /** Without the terms of a variable. */
  without(...names: readonly string[]): Affine {
    return new Affine(
      this.terms.filter(({ digit }) => !names.includes(digit.of)),
      this.constant,
    );
  }

  /** Whether any term reads a variable. */
  reads(name: string): boolean {
    return this.terms.some(({ digit }) => mentions(digit.of, name));
  }

  /** A number that divides every value. */
  isMultipleOf(n: number): boolean {
    return this.constant % n === 0 && this.terms.every((t) => t.factor % n === 0);
  }

  /** WGSL u32 expression. */
  get text(): string {
    const parts = this.terms.map(({ digit, factor }) => product(digitText(digit), factor));
    if (this.constant !== 0 || parts.length === 0) parts.push(size(Math.abs(this.constant)));
    const [first = "0u", ...rest] = this.#ordered(parts);
    if (rest.length === 0) return first;
    return `(${rest.reduce((sum, part) => `${sum} ${part}`, first)})`;
  }

  /** Parts with their signs, a positive one first. */
  #ordered(parts: readonly string[]): readonly string[] {
    const negative = (i: number): boolean =>
      i < this.terms.length ? (this.terms[i]?.factor ?? 0) < 0 : this.constant < 0;
    const plus = parts.filter((_, i) => !negative(i));
    const minus = parts.filter((_, i) => negative(i));
    const [first = "0u", ...others] = plus;
    return [first, ...others.map((p) => `+ ${p}`), ...minus.map((p) => `- ${p}`)];
  }
}

const mentions = (text: string, name: string): boolean =>
  text === name || new RegExp(`\\b${name}\\b`).test(text);

const product = (text: string, factor: number): string =>
  Math.abs(factor) === 1 ? text : `${text} * ${size(Math.abs(factor))}`;

const digitText = ({ of, extent, divisor, modulus }: Digit): string => {
  const divided = divisor === 1 ? of : `(${of} / ${size(divisor)})`;
  return modulus >= Math.ceil(extent / divisor) ? divided : `(${divided} % ${size(modulus)})`;
};

/**
 * Splits `factor * digit + others` at `by`, when `by` is a multiple of the factor and cuts the digit between two of its
 * own, and the others stay below the factor.
 */
const splitDigit = (
  quotient: Affine,
  { digit, factor }: Term,
  others: Affine,
  by: number,
): readonly [Affine, Affine] | undefined => {
  const ratio = by / factor;
  const [least, most] = others.range;
  if (least < 0 || most >= factor || factor <= 0 || !Number.isInteger(ratio)) return undefined;
  const { of, extent, divisor, modulus } = digit;
  if (modulus % ratio !== 0 && modulus < Math.ceil(extent / divisor)) return undefined;
  const high = Affine.digit(digitOf(of, extent, divisor * ratio, Math.ceil(modulus / ratio)));
  const low = Affine.digit(digitOf(of, extent, divisor, ratio)).times(factor);
  return [quotient.plus(high), low.plus(others)];
};
