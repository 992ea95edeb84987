import { grad, jit, tensor, vmap, type Tensor } from "@adjoint/core";
import { isIr } from "@adjoint/core/backend";
import { key, normal } from "@adjoint/core/random";
import { decode, encode } from "@adjoint/core/safetensors";
import { checkGrads } from "@adjoint/core/testing";
import * as tree from "@adjoint/core/tree";

const cube = (x: Tensor): Tensor => x.mul(x).mul(x);

/** Uses every entry of the installed package; ends with its name. */
export const smoke = async (): Promise<string> => {
  const slopes = await jit(vmap(grad(cube)))(tensor([1, 2])).toArray();
  if (String(slopes) !== "3,12") throw new Error(`expected 3,12, got ${slopes}`);
  await checkGrads(cube, [tensor(2, { dtype: "float64" })], { order: 2 });
  const saved = await encode({ w: normal(key(0), [2, 3]) });
  const ranks = tree.map((x: Tensor) => x.shape.length, {
    w: decode(saved).tensors.get("w") ?? tensor(0),
  });
  return ranks.w === 2 && !isIr(0) ? "core works" : "core fails";
};
