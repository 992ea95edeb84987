import type { Ir } from "@adjoint/core/backend";
import { decompose } from "../passes/decompose.ts";
import { removeDeadCode } from "../passes/dead-code.ts";
import { replaceEmpty } from "../passes/empty.ts";

/** A program made ready for lowering: only operations that have a kernel, or that the host runs. */
export const prepare = (ir: Ir): Ir => [decompose, replaceEmpty, removeDeadCode].reduce((p, pass) => pass(p), ir);
