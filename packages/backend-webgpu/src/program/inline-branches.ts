import { evalIr, type Ir, isIr, type Tensor } from "@adjoint/core/backend";
import { irsParam, recorded, rewriteIr } from "@adjoint/core/passes";

/** Branches with more operations than this in all are chosen by the host, which waits for the GPU to know which. */
const mostOperations = 200;

const isPlain = (ir: Ir): boolean =>
  ir.eqns.every(
    ({ params, primitive }) => primitive.name !== "cond" && !Object.values(params).some(isIr),
  );

/** The first of `choices` where `index` is 0 or less, the second where it is 1, and so on. */
const chosen = (index: Tensor, choices: readonly Tensor[]): Tensor => {
  const [last, ...others] = [...choices].reverse();
  if (last === undefined) throw new RangeError("cond has no branches");
  return others.reduce(
    (rest, choice, i) => index.lessEqual(others.length - 1 - i).where(choice, rest),
    last,
  );
};

/** Runs all branches of a `cond` and takes the results of one, so that nobody waits for the index. */
export const inlineBranches = (ir: Ir): Ir =>
  rewriteIr(ir, (eqn) => {
    if (eqn.primitive.name !== "cond") return undefined;
    const branches = irsParam(eqn.params, "branches").map(inlineBranches);
    const count = branches.reduce((n, branch) => n + branch.eqns.length, 0);
    if (count > mostOperations || !branches.every(isPlain)) return undefined;
    return recorded(eqn.inputs, ([index, ...operands]) => {
      const results = branches.map((branch) => evalIr(branch, operands));
      return eqn.outputs
        .map((_, i) =>
          index === undefined
            ? []
            : [
                chosen(
                  index,
                  results.flatMap((r) => r[i] ?? []),
                ),
              ],
        )
        .flat();
    });
  });
