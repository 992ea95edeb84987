import { createWebgpuBackend, type WebgpuOptions } from "@adjoint/backend-webgpu";
import { ArgumentError } from "@adjoint/core";
import { describe, expect, it } from "vitest";

const wrong: readonly (readonly [string, unknown])[] = [
  ["powerPreference", { powerPreference: "fast" }],
  ["maxFreeBytes", { maxFreeBytes: -1 }],
  ["maxFreeBytes", { maxFreeBytes: NaN }],
  ["maxFreeBytes", { maxFreeBytes: "1 GB" }],
  ["onCompile", { onCompile: true }],
  ["gpu.requestAdapter", { gpu: {} }],
  ["tuning", { tuning: "always" }],
  ["tuning", { tuning: true }],
  ["tuning.mode", { tuning: { mode: "maybe" } }],
  ["tuning.budgetMs", { tuning: { budgetMs: -1 } }],
  ["tuning.smallest", { tuning: { smallest: NaN } }],
  ["tuning.load", { tuning: { load: {} } }],
  ["tuning.save", { tuning: { save: "file.json" } }],
];

describe("options of createWebgpuBackend", () => {
  it.each(wrong)("refuses a wrong %s: %o", async (name, options) => {
    const made = createWebgpuBackend(options as WebgpuOptions);
    await expect(made).rejects.toThrow(`createWebgpuBackend: ${name} must be`);
    await expect(made).rejects.toBeInstanceOf(ArgumentError);
  });
});
