import { type Aval, allocate, type HostArray, type Params, sizeOf } from "@adjoint/core/backend";
import { roundToStorage } from "../../../core/src/host-array.ts";
import type { Primitive } from "../../../core/src/primitives/primitive.ts";
import type { Profile, SpecialPlan } from "../../src/special/special-plan.ts";
import { specialRules } from "../../src/special/stage.ts";
import { pipelineOf, testDevice, type Words } from "../support/run-kernel.ts";

/** What tests run with, and what a GPU without f16 is. */
export const software: Profile = { isSoftware: true, f16: false };
export const hardware: Profile = { isSoftware: false, f16: false };

const wordsOf = ({ dtype, data }: HostArray): Words => {
  if (dtype === "int32") return Int32Array.from(data);
  if (dtype === "uint32" || dtype === "bool") return Uint32Array.from(data);
  return Float32Array.from(data);
};

const arrayOf = ({ shape, dtype }: Aval, bytes: ArrayBuffer): HostArray => {
  const length = sizeOf(shape);
  if (dtype === "bool")
    return { shape, dtype, data: Uint8Array.from(new Uint32Array(bytes, 0, length)) };
  if (dtype === "int32") return { shape, dtype, data: new Int32Array(bytes, 0, length) };
  if (dtype === "uint32") return { shape, dtype, data: new Uint32Array(bytes, 0, length) };
  return { shape, dtype, data: new Float32Array(bytes, 0, length) };
};

let shared: Promise<GPUDevice> | undefined;
let nullDevice: Promise<GPUDevice> | undefined;

/** Runs a plan on the software adapter; buffers it must write start as garbage. */
export const runPlan = async (
  plan: SpecialPlan,
  inputs: readonly HostArray[],
  outputs: readonly Aval[],
  initial: readonly (HostArray | undefined)[] = [],
): Promise<{
  readonly outputs: readonly HostArray[];
  readonly ms: number;
  readonly cpu: number;
}> => {
  const device = await (shared ??= testDevice());
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const buffers = new Map<string, GPUBuffer>();
  const make = (name: string, words: Words): void => {
    const buffer = device.createBuffer({ size: Math.max(16, words.byteLength), usage });
    device.queue.writeBuffer(buffer, 0, words);
    buffers.set(name, buffer);
  };
  const garbage = (count: number): Words => new Uint32Array(count).fill(0x7fc12345);
  inputs.forEach((x, i) => make(`in${i}`, wordsOf(x)));
  outputs.forEach(({ shape }, i) => {
    const start = initial[i];
    make(`out${i}`, start === undefined ? garbage(sizeOf(shape)) : wordsOf(start));
  });
  for (const { name, count } of plan.temporaries) make(name, garbage(count));
  const steps = [];
  for (const kernel of plan.kernels) {
    const pipeline = await pipelineOf(device, kernel);
    const entries = kernel.operands.map(({ name }, binding) => {
      const buffer = buffers.get(name);
      if (buffer === undefined) throw new Error(`no array ${name}`);
      return { binding, resource: { buffer } };
    });
    const group = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
    steps.push({ pipeline, group, grid: kernel.grid });
  }
  await device.queue.onSubmittedWorkDone();
  const start = performance.now();
  const before = process.cpuUsage();
  const encoder = device.createCommandEncoder();
  for (const { pipeline, group, grid } of steps) {
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(...grid);
    pass.end();
  }
  device.queue.submit([encoder.finish()]);
  await device.queue.onSubmittedWorkDone();
  const used = process.cpuUsage(before);
  const cpu = (used.user + used.system) / 1000;
  const ms = performance.now() - start;
  const results: HostArray[] = [];
  for (const [i, aval] of outputs.entries()) {
    const buffer = buffers.get(`out${i}`);
    if (buffer === undefined) continue;
    const read = device.createBuffer({
      size: buffer.size,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
    const copy = device.createCommandEncoder();
    copy.copyBufferToBuffer(buffer, 0, read, 0, buffer.size);
    device.queue.submit([copy.finish()]);
    await read.mapAsync(GPUMapMode.READ);
    results.push(arrayOf(aval, read.getMappedRange().slice(0)));
  }
  for (const buffer of buffers.values()) buffer.destroy();
  return { outputs: results, ms, cpu };
};

/** Result of the reference and of the plan. */
export const both = async <P extends Params>(
  primitive: Primitive<P>,
  inputs: readonly HostArray[],
  params: P,
  { extra = {}, profile = software }: { readonly extra?: Params; readonly profile?: Profile } = {},
): Promise<{
  readonly expected: readonly HostArray[];
  readonly got: readonly HostArray[];
  readonly plan: SpecialPlan;
  readonly ms: number;
}> => {
  const avals = inputs.map(({ shape, dtype }) => ({ shape, dtype }));
  const outputs = primitive.abstractEval(avals, params);
  const expected = primitive.evaluate(inputs, params).map((x) => roundToStorage({ ...x }));
  const plan = specialRules[primitive.name]?.({ ...params, ...extra }, avals, outputs, profile);
  if (plan === undefined) throw new Error(`no plan for ${primitive.name}`);
  const run = await runPlan(plan, inputs, outputs);
  return { expected, got: run.outputs, plan, ms: run.ms };
};

/** Compiles the kernels for a device with f16, without computing. */
export const validateHalf = async <P extends Params>(
  primitive: Primitive<P>,
  avals: readonly Aval[],
  params: P,
): Promise<SpecialPlan> => {
  const outputs = primitive.abstractEval(avals, params);
  const profile = { isSoftware: false, f16: true };
  const plan = specialRules[primitive.name]?.(params, avals, outputs, profile);
  if (plan === undefined) throw new Error(`no plan for ${primitive.name}`);
  const device = await (nullDevice ??= testDevice("null"));
  for (const kernel of plan.kernels) await pipelineOf(device, kernel);
  return plan;
};

/** A host array of a function of the place. */
export const filled = (
  shape: readonly number[],
  dtype: HostArray["dtype"],
  value: (i: number) => number,
): HostArray => {
  const data = allocate(dtype, sizeOf(shape));
  for (let i = 0; i < data.length; i++) data[i] = value(i);
  return roundToStorage({ shape, dtype, data });
};

/** A repeatable source of uniform numbers in [0, 1) (Marsaglia's xorshift32). */
export const randomSource = (seed: number): (() => number) => {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
};
