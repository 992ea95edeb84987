/** What an adapter is and can do, as far as programs are planned by it. */
export type DeviceProfile = {
  /** Whether a CPU does the work: kernels are then planned for few wide threads. */
  readonly isSoftware: boolean;
  readonly vendor: string;
  readonly architecture: string;
  readonly description: string;
  /** Bytes of memory that one workgroup shares. */
  readonly workgroupStorage: number;
  /** Most invocations in one workgroup. */
  readonly maxInvocations: number;
  /** Most storage buffers one kernel can use. */
  readonly maxBindings: number;
  /** Most bytes of a buffer that one kernel can see through one binding. */
  readonly maxBindingBytes: number;
  readonly maxBufferBytes: number;
  /** Bindings start at multiples of this many bytes. */
  readonly offsetAlignment: number;
  /** Most workgroups along one dimension. */
  readonly maxWorkgroups: number;
  /** Whether WGSL has f16. */
  readonly f16: boolean;
  readonly subgroups: boolean;
  /** Fewest and most lanes of a subgroup, `[0, 0]` without subgroups. */
  readonly subgroupSizes: readonly [number, number];
  /** Whether WGSL has matrices that a subgroup holds together. */
  readonly subgroupMatrices: boolean;
  readonly timestamps: boolean;
};

/** Features that programs use where the adapter has them. */
const wanted = new Set([
  "shader-f16",
  "subgroups",
  "timestamp-query",
  "chromium-experimental-subgroup-matrix",
]);

const isWanted = (feature: string): feature is GPUFeatureName => wanted.has(feature);

/** What to ask of an adapter: all it has of the features that programs use. */
export const featuresOf = (adapter: GPUAdapter): GPUFeatureName[] =>
  [...adapter.features].filter(isWanted);

/** Every limit of an adapter, by name. A device gets the lowest that WebGPU allows for those it does not ask for. */
export const limitsOf = (adapter: GPUAdapter): Readonly<Record<string, number>> => {
  const { limits } = adapter;
  const found: Record<string, number> = {};
  for (const name in limits) {
    const value: unknown = Reflect.get(limits, name);
    if (typeof value === "number") found[name] = value;
  }
  return found;
};

const softwareName = /swiftshader|llvmpipe|lavapipe|warp|basic render/i;

const isSoftware = ({ isFallbackAdapter, vendor, architecture, description }: GPUAdapterInfo) =>
  isFallbackAdapter || softwareName.test(`${vendor} ${architecture} ${description}`);

/** Describes the device that was made of an adapter. */
export const profileOf = (info: GPUAdapterInfo, gpu: GPUDevice): DeviceProfile => {
  const { limits, features } = gpu;
  const subgroups = features.has("subgroups");
  return {
    isSoftware: isSoftware(info),
    vendor: info.vendor,
    architecture: info.architecture,
    description: info.description,
    workgroupStorage: limits.maxComputeWorkgroupStorageSize,
    maxInvocations: limits.maxComputeInvocationsPerWorkgroup,
    maxBindings: limits.maxStorageBuffersPerShaderStage,
    maxBindingBytes: limits.maxStorageBufferBindingSize,
    maxBufferBytes: limits.maxBufferSize,
    offsetAlignment: limits.minStorageBufferOffsetAlignment,
    maxWorkgroups: limits.maxComputeWorkgroupsPerDimension,
    f16: features.has("shader-f16"),
    subgroups,
    subgroupSizes: subgroups ? [info.subgroupMinSize ?? 4, info.subgroupMaxSize ?? 128] : [0, 0],
    subgroupMatrices: features.has("chromium-experimental-subgroup-matrix"),
    timestamps: features.has("timestamp-query"),
  };
};
