// ONNX Runtime Web on its WebGPU execution provider.
import * as ort from "onnxruntime-web/webgpu";

export type Feeds = Readonly<Record<string, ort.Tensor>>;

/** A session on WebGPU; with `onGpu` results stay there. */
export const webgpuSession = async (
  model: Uint8Array,
  onGpu: boolean,
): Promise<ort.InferenceSession> => {
  ort.env.logLevel = "error";
  return ort.InferenceSession.create(model, {
    executionProviders: ["webgpu"],
    graphOptimizationLevel: "all",
    preferredOutputLocation: onGpu ? "gpu-buffer" : "cpu",
  });
};
