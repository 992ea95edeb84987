import { type Eqn, sizeOf } from "@adjoint/core/backend";
import { numberParam } from "@adjoint/core/passes";

/** Whether all of an equation's arrays can be cut into elements that start at whole words. */
export const canCut = ({ params, inputs, outputs, primitive }: Eqn, f16: boolean): boolean => {
  if (primitive.name !== "scan" || !f16) return true;
  const [numConsts, numCarry] = [numberParam(params, "numConsts"), numberParam(params, "numCarry")];
  const stacked = [...inputs.slice(numConsts + numCarry), ...outputs.slice(numCarry)];
  return stacked.every(
    ({ aval }) => aval.dtype !== "float16" || sizeOf(aval.shape.slice(1)) % 2 === 0,
  );
};
