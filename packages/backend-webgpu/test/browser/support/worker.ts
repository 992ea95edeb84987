// A module worker that sends back what it is sent, by way of its own device.
import { createDevice } from "../../../src/device/create-device.ts";

const throughDevice = async (bytes: Uint8Array): Promise<unknown> => {
  try {
    const device = await createDevice();
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    const buffer = device.buffers.acquire(bytes.length, usage);
    device.upload(buffer, bytes);
    const back = await device.read(buffer, 0, bytes.length);
    device.dispose();
    return back;
  } catch (error) {
    return String(error);
  }
};

globalThis.addEventListener("message", ({ data }: MessageEvent<Uint8Array>) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- windows have origins, workers do not
  void throughDevice(data).then((answer) => globalThis.postMessage(answer));
});
