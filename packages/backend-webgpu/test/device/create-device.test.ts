import { afterEach, describe, expect, it, vi } from "vitest";
import { createDevice } from "../../src/device/create-device.ts";
import { NoAdapterError } from "../../src/device/errors.ts";
import { softwareDevice } from "../support/software-device.ts";

const nobody = {
  requestAdapter: () => Promise.resolve(null),
} as unknown as GPU;

afterEach(() => vi.unstubAllGlobals());

describe("createDevice", () => {
  it("asks for every limit of the adapter", async () => {
    const device = await softwareDevice();
    const { maxBufferSize, maxStorageBuffersPerShaderStage } = device.gpu.limits;
    expect(maxBufferSize).toBeGreaterThan(2 ** 28); // the lowest that WebGPU allows
    expect(maxStorageBuffersPerShaderStage).toBeGreaterThan(8);
    expect(device.profile.maxBufferBytes).toBe(maxBufferSize);
    expect(device.profile.maxBindings).toBe(maxStorageBuffersPerShaderStage);
    device.dispose();
  });

  it("describes the software adapter", async () => {
    const device = await softwareDevice();
    expect(device.profile).toMatchObject({
      isSoftware: true,
      subgroups: true,
      timestamps: true,
      maxInvocations: 256,
    });
    expect(device.profile.subgroupSizes).toEqual([4, 4]);
    expect(device.profile.f16).toBe(device.gpu.features.has("shader-f16"));
    device.dispose();
  });

  it("asks for half precision where the adapter has it", async () => {
    const device = await softwareDevice({}, "null");
    expect(device.profile).toMatchObject({ isSoftware: false, f16: true, subgroups: true });
    device.dispose();
  });

  it("gives the device to TensorFlow.js and leaves the navigator alone", async () => {
    const device = await softwareDevice();
    expect(device.tfjs.device).toBe(device.gpu);
    expect("gpu" in navigator).toBe(false);
    device.dispose();
  });

  it("works where there is no navigator, as in Node 20", async () => {
    const own = Object.getOwnPropertyDescriptor(globalThis, "navigator");
    Reflect.deleteProperty(globalThis, "navigator");
    try {
      const device = await softwareDevice();
      expect("navigator" in globalThis).toBe(false);
      device.dispose();
    } finally {
      Object.defineProperty(globalThis, "navigator", own!);
    }
  });

  it("finds the npm package by itself in Node", async () => {
    const device = await createDevice();
    expect(device.profile.vendor).not.toBe("");
    device.dispose();
  });

  it("uses the browser's entry point where there is one", async () => {
    vi.stubGlobal("navigator", { gpu: nobody });
    await expect(createDevice()).rejects.toThrow(NoAdapterError);
  });

  it("says what to do when there is no adapter", async () => {
    await expect(createDevice({ gpu: nobody })).rejects.toThrow(/libvulkan1/);
  });

  it("passes on why the adapter gave no device", async () => {
    const adapter = { limits: {}, features: new Set<string>(), info: {} };
    const requestDevice = () => Promise.reject(new Error("too many devices"));
    const gpu = {
      requestAdapter: () => Promise.resolve({ ...adapter, requestDevice }),
    } as unknown as GPU;
    await expect(createDevice({ gpu })).rejects.toThrow(/too many devices/);
  });
});
