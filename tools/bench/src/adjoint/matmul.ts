// Square float32 matrix products in Adjoint.
import { jit, type Tensor } from "@adjoint/core";
import { key, uniform } from "@adjoint/core/random";
import type { Create } from "../engine/engine.ts";
import { useBackend } from "./backend.ts";

export const create: Create = async (task, variant) => {
  if (task.kind !== "matmul") throw new Error("matmul only");
  await useBackend(variant);
  const { size } = task;
  const [a, b] = [uniform(key(0), [size, size]), uniform(key(1), [size, size])];
  const product = jit((x: Tensor, y: Tensor) => x.matmul(y));
  return {
    run: async (count) => {
      for (let i = 0; i < count; i++) {
        const out = product(a, b);
        await out.data();
        out.dispose();
      }
      return {};
    },
  };
};
