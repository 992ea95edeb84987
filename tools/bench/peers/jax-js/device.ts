import { defaultDevice, init } from "@jax-js/jax";

/** Makes a jax-js device ready, `wasm` or `webgpu`, and puts every array there. */
export const useDevice = async (name: string): Promise<void> => {
  const device = name === "webgpu" ? "webgpu" : "wasm";
  if (!(await init(device)).includes(device)) throw new Error(`jax-js: no ${device} here`);
  defaultDevice(device);
};
