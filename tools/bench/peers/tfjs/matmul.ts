// Square float32 matrix products in TensorFlow.js.
import * as tf from "@tensorflow/tfjs-core";
import type { Create } from "../../src/engine/engine.ts";
import { ready } from "./backend.ts";

export const create: Create = async (task, variant) => {
  if (task.kind !== "matmul") throw new Error("matmul only");
  await ready(variant);
  const { size } = task;
  const [a, b] = [tf.randomUniform([size, size]), tf.randomUniform([size, size])];
  return {
    run: async (count) => {
      for (let i = 0; i < count; i++) {
        const out = tf.matMul(a, b);
        await out.data();
        out.dispose();
      }
      return {};
    },
  };
};
