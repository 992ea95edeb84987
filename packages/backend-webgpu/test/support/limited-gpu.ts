/** A GPU whose adapter has lower limits than it really has, as small devices do. */
export const limitedGpu = (gpu: GPU, lower: Readonly<Record<string, number>>): GPU => {
  const own = <T extends object>(real: T, replaced: Readonly<Record<string, unknown>>): T =>
    new Proxy(real, {
      get: (target, name) => {
        if (typeof name === "string" && name in replaced) return replaced[name];
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  const requestAdapter = async (options?: GPURequestAdapterOptions): Promise<GPUAdapter | null> => {
    const adapter = await gpu.requestAdapter(options);
    return adapter === null ? null : own(adapter, { limits: own(adapter.limits, lower) });
  };
  return own(gpu, { requestAdapter });
};
