// Square float32 matrix products in jax-js.
import { jit, numpy as np, random } from "@jax-js/jax";
import type { Create } from "../../src/engine/engine.ts";
import { useDevice } from "./device.ts";

export const create: Create = async (task, variant) => {
  if (task.kind !== "matmul") throw new Error("matmul only");
  await useDevice(variant);
  const { size } = task;
  const [a, b] = [
    random.uniform(random.key(0), [size, size]),
    random.uniform(random.key(1), [size, size]),
  ];
  const product = jit((x: np.Array, y: np.Array) => np.matmul(x, y));
  return {
    run: async (count) => {
      for (let i = 0; i < count; i++) {
        const out = product(a.ref, b.ref);
        await out.blockUntilReady();
        out.dispose();
      }
      return {};
    },
  };
};
