import { erf, grad, jit, referenceBackend, tensor, type Tensor, withBackend } from "@adjoint/core";
import { type Backend, BackendError } from "@adjoint/core/backend";
import { runConformance, table } from "@adjoint/conformance";
// oxlint-disable-next-line import/no-unassigned-import -- registers the backend and its kernels
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, describe, expect, it } from "vitest";
import { createTfjsBackend } from "../../src/tfjs/create-tfjs-backend.ts";
import { softwareDevice } from "../support/software-device.ts";

const cpu = await createTfjsBackend("cpu");
const device = await softwareDevice();
const webgpu = await createTfjsBackend("webgpu", { kernels: device.tfjs });
afterAll(() => device.dispose());

const values = (length: number, seed: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => Math.sin(i * seed));

/** A layer with its loss, by way of products, reductions, masks and broadcasting. */
const loss = (w: Tensor, x: Tensor): Tensor => {
  const y = x.matmul(w);
  return y.greater(0).where(y, y.mul(0.1)).pow(2).mean();
};

describe("createTfjsBackend", () => {
  it("says which package to import", async () => {
    await expect(createTfjsBackend("wasm")).rejects.toThrow(BackendError);
    await expect(createTfjsBackend("wasm")).rejects.toThrow(/tfjs-backend-wasm/);
  });

  it("leaves the choice of TensorFlow.js alone", async () => {
    tf.registerBackend("other", () => new tf.KernelBackend());
    await tf.setBackend("other");
    await createTfjsBackend("cpu");
    expect(tf.getBackend()).toBe("other");
    await tf.setBackend("cpu");
  });

  it("takes its own buffers only", () => {
    const x = withBackend(cpu, () => tensor([1]));
    expect(() => webgpu.execute(null as never, [x as never], {})).toThrow();
  });
});

const kernels: readonly (readonly [Backend, () => number])[] = [
  [cpu, () => tf.engine().backend.numDataIds()],
  [webgpu, () => device.tfjs.numDataIds()],
];

describe.each(kernels)("$name", (backend, held) => {
  it("trains, and frees every tensor of TensorFlow.js that it made", async () => {
    await tf.setBackend("cpu");
    const before = held();
    const step = jit((w: Tensor, x: Tensor) => w.sub(grad(loss)(w, x).mul(0.1)));
    const run = async (on: Backend): Promise<Float32Array> => {
      let w = withBackend(on, () => tensor(values(35, 2), { shape: [7, 5] }));
      const x = withBackend(on, () => tensor(values(21, 3), { shape: [3, 7] }));
      for (let i = 0; i < 5; i++) {
        const next = withBackend(on, () => step(w, x));
        w.dispose();
        w = next;
      }
      const result = Float32Array.from(await w.data());
      w.dispose();
      x.dispose();
      return result;
    };
    const expected = await run(referenceBackend);
    const got = await run(backend);
    for (const [i, value] of got.entries()) expect(value).toBeCloseTo(expected[i]!, 5);
    await new Promise((resolve) => setTimeout(resolve, 0));
    device.flush();
    expect(held()).toBe(before);
  });

  it("keeps a result whose operands are gone before it is there", async () => {
    const x = withBackend(backend, () => tensor(values(64, 1)));
    const y = withBackend(backend, () => erf(x).mul(2).add(x)); // erf waits for the host
    x.dispose();
    const [first, second] = await y.data();
    expect(first).toBeCloseTo(0);
    expect(second).toBeCloseTo(2.3733937, 5); // 2 erf(sin 1) + sin 1
    y.dispose();
  });
});

it("cannot give values of WebGPU at once", async () => {
  const y = withBackend(webgpu, () => tensor(values(64, 1)).mul(2));
  expect(() => y.dataSync()).toThrow(BackendError);
  expect(await y.data()).toHaveLength(64);
});

it("gives values of the CPU at once", () => {
  const y = withBackend(cpu, () => tensor([1, 2]).mul(2));
  expect([...y.dataSync()]).toEqual([2, 4]);
});

// shaders compute what the CPU does, on the software adapter
const shaders: ReadonlySet<string> = new Set(
  ["add", "div", "where", "equal", "cast", "matmul", "sum", "logsumexp", "cumsum"].concat([
    "conv2d",
    "pad",
    "concatenate",
    "flip",
    "get",
    "softmax",
    "layerNorm",
    "norm",
    "relu",
  ]),
);
const rows = table.filter(({ name }) => shaders.has(name));
runConformance(rows, webgpu, { describe, it });
