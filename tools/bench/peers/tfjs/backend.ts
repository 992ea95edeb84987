// TensorFlow.js with gradients registered and one backend ready.
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-core/dist/register_all_gradients.js";
import "@tensorflow/tfjs-backend-cpu";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";

/** Where the .wasm files are: beside the bundle in Node, under this URL in a page. */
declare const tfjsWasmFolder: string;

export const ready = async (backend: string): Promise<void> => {
  // loaded only where it is asked for: it looks for a GPU as it loads
  if (backend === "webgpu") await import("@tensorflow/tfjs-backend-webgpu");
  else setWasmPaths(tfjsWasmFolder);
  if (!(await tf.setBackend(backend))) throw new Error(`tfjs: no backend ${backend}`);
  await tf.ready();
};
