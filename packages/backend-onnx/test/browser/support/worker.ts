// A module worker that trains nothing but proves that the backend works outside the page.
import { jit, setBackend, tensor, type Tensor } from "@adjoint/core";
import { createOnnxBackend, type WebBackendOptions } from "../../../src/browser.ts";

const answer = async (options: WebBackendOptions): Promise<string> => {
  try {
    setBackend(await createOnnxBackend(options));
    const cube = jit((x: Tensor) => x.mul(x).mul(x));
    const wide = tensor(Float32Array.from({ length: 100 }, (_, i) => i));
    return String((await cube(wide).data())[3]);
  } catch (error) {
    return String(error);
  }
};

globalThis.addEventListener("message", ({ data }: MessageEvent<WebBackendOptions>) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- windows have origins, workers do not
  void answer(data).then((text) => globalThis.postMessage(text));
});
