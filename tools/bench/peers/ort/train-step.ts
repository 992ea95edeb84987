// The loss of the benchmark's GPT in ONNX Runtime Web on WebGPU; the graph is Adjoint's export, with the parameters inside.
import { exportOnnx } from "@adjoint/backend-onnx";
import { tensor, type Tensor } from "@adjoint/core";
import * as ort from "onnxruntime-web/webgpu";
import { initialParams } from "../../src/adjoint/gpt.ts";
import { lossOf } from "../../src/adjoint/training-engine.ts";
import type { Create } from "../../src/engine/engine.ts";
import { batchAt, type GptConfig } from "../../src/model/gpt.ts";
import { webgpuSession } from "./session.ts";

const modelOf = (config: GptConfig): Uint8Array => {
  const params = initialParams(config, false);
  const loss = lossOf({ config });
  const { inputs, targets } = batchAt(config, 0);
  const shape = [config.batch, config.block];
  return exportOnnx(
    (ids: Tensor, next: Tensor) => loss(params, ids, next),
    tensor(inputs, { shape }),
    tensor(targets, { shape }),
  );
};

export const create: Create = async (task) => {
  if (task.kind !== "train-step" || task.part !== "loss")
    throw new Error("ONNX Runtime Web does not train: the loss only");
  const { config } = task;
  const session = await webgpuSession(modelOf(config), false);
  const shape = [config.batch, config.block];
  let done = 0;
  return {
    run: async (count) => {
      let last = Number.NaN;
      for (let i = 0; i < count; i++) {
        const { inputs, targets } = batchAt(config, done++);
        const { out } = await session.run({
          arg0: new ort.Tensor("int32", inputs, shape),
          arg1: new ort.Tensor("int32", targets, shape),
        });
        [last = Number.NaN] = (await out.getData()) as Float32Array;
      }
      return { loss: last };
    },
  };
};
