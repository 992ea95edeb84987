import type { Aval, HostArray } from "@adjoint/core/backend";
import type { Storage } from "../emit/arrays.ts";
import type { Memory } from "./memory.ts";
import type { Step } from "./step.ts";

/** Where a result is: storage of its own, or an input as it came. */
export type Result =
  | { readonly kind: "storage"; readonly storage: Storage; readonly aval: Aval }
  | { readonly kind: "input"; readonly index: number; readonly aval: Aval };

/** A program as steps, with all its memory planned. */
export type Program = {
  readonly name: string;
  /** Whether control flow of another program runs it. */
  readonly isNested: boolean;
  readonly steps: readonly Step[];
  /** Storage of each of the captures and inputs. */
  readonly inputs: readonly Storage[];
  readonly constants: readonly { readonly storage: Storage; readonly array: HostArray }[];
  readonly results: readonly Result[];
  readonly memory: Memory;
};
