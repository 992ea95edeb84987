/** The WebGPU adapter that engines get. */
export interface GpuAdapter {
  readonly name: string;
  /** The adapter computes on the CPU. */
  readonly isSoftware: boolean;
}

/** The adapter of this page or process, undefined where there is none. */
export const adapterHere = async (): Promise<GpuAdapter | undefined> => {
  if (typeof navigator === "undefined" || navigator.gpu === undefined) return undefined;
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: "high-performance" });
  if (adapter === null) return undefined;
  const { vendor, architecture, device, description, isFallbackAdapter } = adapter.info;
  const parts = [vendor, architecture, device, description].filter((part) => part !== "");
  return {
    name: parts.join(" "),
    isSoftware: isFallbackAdapter || /swiftshader|llvmpipe|lavapipe/i.test(parts.join(" ")),
  };
};
