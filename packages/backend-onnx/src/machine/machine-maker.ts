import { type Ir, sizeOf } from "@adjoint/core/backend";
import { axisPairParam } from "@adjoint/core/passes";
import { Arena } from "./arena.ts";
import { type MachineMaker, makeMachine } from "./machine.ts";
import type { WorkerPool } from "./worker-pool.ts";

/** Multiplications from which a program is worth kernels and memory of its own. */
const enough = 100_000;

const multiplications = (ir: Ir): number =>
  ir.eqns.reduce((sum, { primitive, params, inputs, outputs }) => {
    const [left] = inputs;
    if (primitive.name !== "dotGeneral" || left === undefined) return sum;
    const contracted = axisPairParam(params, "contract").left.reduce(
      (n, axis) => n * (left.aval.shape[axis] ?? 1),
      1,
    );
    return sum + contracted * sizeOf(outputs[0]?.aval.shape ?? []);
  }, 0);

/** Makes machines for programs with many multiplications, or for all. */
export const machineMaker = (isForAll: boolean, pool: WorkerPool | undefined): MachineMaker => {
  const arena = new Arena(pool !== undefined);
  return (folded, donated) =>
    isForAll || multiplications(folded.ir) >= enough
      ? makeMachine(folded, donated, arena, pool)
      : undefined;
};
