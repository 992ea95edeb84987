// One GPT training step in Adjoint on ONNX Runtime or the reference backend.
import type { Create } from "../engine/engine.ts";
import { useBackend } from "./backend.ts";
import { engineClock } from "./engine-clock.ts";
import { trainingEngine } from "./training-engine.ts";

/** Variants: onnx, onnx-scan (blocks by `scan`), wasm, reference. */
export const create: Create = async (task, variant) => {
  if (task.kind !== "train-step") throw new Error("train-step only");
  const clock = variant.startsWith("onnx") ? engineClock() : undefined;
  await useBackend(variant);
  const engine = trainingEngine({ ...task, scanned: variant.endsWith("-scan") });
  if (clock === undefined) return engine;
  return {
    run: async (count) => {
      const before = clock();
      const outcome = await engine.run(count);
      return { ...outcome, engineSeconds: clock() - before };
    },
  };
};
