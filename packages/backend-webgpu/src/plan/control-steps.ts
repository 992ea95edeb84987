import type { Eqn, Ir, Var } from "@adjoint/core/backend";
import { flagParam, irParam, irsParam, numberParam } from "@adjoint/core/passes";
import type { Layouts } from "../emit/arrays.ts";
import { aligned, bytesOf } from "./memory.ts";
import type { Program } from "./program.ts";
import type { ControlStep, HostOperand } from "./step.ts";

/** Compiles a program that control flow runs. */
export type BuildNested = (ir: Ir, name: string) => Program;

const isVar = (atom: Eqn["inputs"][number] | Var): atom is Var => atom.kind === "var";

/** Bytes of two places for each value that is carried. */
const carryBytes = (carry: readonly HostOperand[]): number =>
  carry.reduce((n, { storage }) => n + 2 * aligned(bytesOf(storage)), 0);

/** The step of an equation with control flow. */
export const controlStep = (eqn: Eqn, layouts: Layouts, build: BuildNested): ControlStep => {
  const { params, primitive } = eqn;
  const operand = (variable: Var): HostOperand => ({
    kind: "array",
    variable,
    storage: layouts.of(variable).storage,
  });
  const arrays = {
    inputs: eqn.inputs.filter(isVar).map(operand),
    outputs: eqn.outputs.map(operand),
  };
  const workspace = (programs: readonly Program[], carry: readonly HostOperand[]) => {
    const scratch = programs.map((p) => aligned(p.memory.scratchBytes));
    return { element: "u32", size: (carryBytes(carry) + Math.max(0, ...scratch)) / 4 } as const;
  };
  if (primitive.name === "scan") {
    const body = build(irParam(params, "body"), "scan");
    const [numConsts, numCarry] = [
      numberParam(params, "numConsts"),
      numberParam(params, "numCarry"),
    ];
    return {
      kind: "scan",
      ...arrays,
      body,
      numConsts,
      numCarry,
      length: numberParam(params, "length"),
      reverse: flagParam(params, "reverse"),
      workspace: workspace([body], arrays.outputs.slice(0, numCarry)),
    };
  }
  if (primitive.name === "while") {
    const condition = build(irParam(params, "cond"), "while condition");
    const body = build(irParam(params, "body"), "while");
    const { element, size } = workspace([condition, body], arrays.outputs);
    return {
      kind: "while",
      ...arrays,
      condition,
      body,
      numCondConsts: numberParam(params, "numCondConsts"),
      numBodyConsts: numberParam(params, "numBodyConsts"),
      workspace: { element, size: size + 64 }, // and what the condition says
    };
  }
  const branches = irsParam(params, "branches").map((ir, i) => build(ir, `branch ${i}`));
  return { kind: "branch", ...arrays, branches, workspace: workspace(branches, []) };
};
