import { loadSession } from "../runtime/load-web-session.ts";
import { onnxBackend, type OnnxBackend, type OnnxBackendOptions } from "./onnx-backend.ts";

/**
 * The backend on ONNX Runtime's WebAssembly engine, for browsers. It runs in the background: results are read with
 * `await`, never with the Sync methods. More than one thread needs a cross-origin isolated page.
 */
export const createOnnxBackend = (options: OnnxBackendOptions = {}): Promise<OnnxBackend> =>
  Promise.resolve(onnxBackend({ isSync: false, load: loadSession }, options));
