import { cumsum, jit, setBackend, type Tensor, tensor } from "@adjoint/core";
import { key, normal } from "@adjoint/core/random";
import { DeviceLostError } from "@adjoint/backend-webgpu";
import { expect, it } from "vitest";
import { softwareBackend } from "./support/software-backend.ts";

it("compiled functions make their constants anew after recover", async () => {
  const own = await softwareBackend();
  setBackend(own);
  const outside = tensor([1, 1]);
  const functions = {
    list: jit((x: Tensor) => x.add(tensor([5, 5]))),
    scalar: jit((x: Tensor) => x.mul(tensor(2))),
    random: jit((x: Tensor) => x.mul(0).add(normal(key(1), [2]))),
    nested: jit((x: Tensor) => jit((y: Tensor) => y.sub(tensor([1, 2])))(x)),
  };
  const captured = jit((x: Tensor) => x.add(outside));
  const all = (): Promise<unknown> =>
    Promise.all(
      Object.values(functions).map((f) => (f(tensor([1, 2])) as unknown as Tensor).toArray()),
    );
  const before = await all();
  await (captured(tensor([1, 2])) as unknown as Tensor).data();
  own.device.destroyForTest();
  await own.device.lost;
  await own.recover();
  expect(await all()).toEqual(before);
  expect(() => captured(tensor([1, 2]))).toThrow(DeviceLostError); // what was made outside is gone
  own.dispose();
});

it("a failed program leaves the inputs that it passes on as they are", async () => {
  const own = await softwareBackend();
  setBackend(own);
  const { gpu } = own.device;
  const make = gpu.createShaderModule.bind(gpu);
  gpu.createShaderModule = (descriptor) =>
    make({ ...descriptor, code: `${descriptor.code} nonsense` });
  const x = tensor([1, 2, 3]);
  const [same, sums] = jit((y: Tensor) => [y, cumsum(y, 0)])(x) as unknown as readonly Tensor[];
  await expect(sums!.data()).rejects.toThrow(/must run to its end/);
  expect(await x.toArray()).toEqual([1, 2, 3]);
  expect(await same!.toArray()).toEqual([1, 2, 3]);
  own.dispose();
});
