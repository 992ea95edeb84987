import { afterEach, describe, expect, it, vi } from "vitest";
import { OnnxRuntimeError } from "../src/runtime/onnx-runtime-error.ts";
import { webThreads } from "../src/runtime/web-threads.ts";

afterEach(() => vi.unstubAllGlobals());

describe("threads in a browser", () => {
  it("are every core where memory can be shared", () => {
    vi.stubGlobal("crossOriginIsolated", true);
    expect(webThreads()).toBe(navigator.hardwareConcurrency);
    expect(webThreads(3)).toBe(3);
  });

  it("are one where it cannot", () => {
    vi.stubGlobal("crossOriginIsolated", false);
    expect(webThreads()).toBe(1);
    expect(webThreads(1)).toBe(1);
    expect(() => webThreads(2)).toThrow(OnnxRuntimeError);
    expect(() => webThreads(2)).toThrow("Cross-Origin-Opener-Policy: same-origin");
  });

  it("are a positive integer", () => {
    for (const wrong of [0, -1, 1.5, Number.NaN])
      expect(() => webThreads(wrong)).toThrow("positive integer");
  });
});
