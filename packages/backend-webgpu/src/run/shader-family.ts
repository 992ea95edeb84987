import { type Numberless, withNumbers, withoutNumbers } from "../kernel/shape-marks.ts";
import type { BoundKernel } from "./bound-kernel.ts";

/** Most numbers that a shader reads from a buffer; shaders with more are compiled with their own. */
const mostNumbers = 1024;

/** The WGSL of a kernel in its two forms: with its own numbers, and for whatever numbers it is given. */
export type ShaderText = {
  readonly name: string;
  /** With its own numbers. */
  readonly own: string;
  /** Reads its numbers from the binding behind all others; undefined when there are none to read, or too many. */
  readonly general: string | undefined;
  readonly numbers: readonly number[];
  /** Equal for the texts of kernels that differ in numbers alone. */
  readonly family: string;
};

const declaration = (binding: number, { length }: Numberless["numbers"]): string =>
  `@group(0) @binding(${binding}) var<uniform> shape: array<vec4<u32>, ${Math.ceil(length / 4)}>;`;

/** The forms of a kernel's shader. */
export const shaderText = ({
  name,
  module,
  bindings,
}: Pick<BoundKernel, "name" | "module" | "bindings">): ShaderText => {
  const { code, numbers } = withoutNumbers(module);
  const isGeneral = numbers.length > 0 && numbers.length <= mostNumbers;
  const general = isGeneral ? `${code}\n${declaration(bindings.length, numbers)}\n` : undefined;
  return { name, own: withNumbers(module), general, numbers, family: code };
};

/** The texts of the shaders of one program. */
type Known = { readonly families: ReadonlySet<string> };

/** Remembers which programs there were, to tell the same program in other shapes from another one. */
export class ProgramHistory {
  readonly #programs = new Map<string, Known[]>();

  /** Whether at least half of the shaders are those of an earlier program, numbers aside, and half of that program's are here. */
  isKnown(texts: readonly ShaderText[]): boolean {
    const families = new Set(texts.map((t) => t.family));
    const shared = new Map<Known, number>();
    for (const family of families)
      for (const program of this.#programs.get(family) ?? [])
        shared.set(program, (shared.get(program) ?? 0) + 1);
    return [...shared].some(
      ([program, count]) => 2 * count >= families.size && 2 * count >= program.families.size,
    );
  }

  /** Notes a program, unless there was one of the same shaders. */
  add(texts: readonly ShaderText[]): void {
    const families = new Set(texts.map((t) => t.family));
    const [first = ""] = families;
    const isSame = (other: Known): boolean =>
      other.families.size === families.size && [...families].every((f) => other.families.has(f));
    if (this.#programs.get(first)?.some(isSame) === true) return;
    const program = { families };
    for (const family of families) {
      const list = this.#programs.get(family);
      if (list === undefined) this.#programs.set(family, [program]);
      else list.push(program);
    }
  }
}
