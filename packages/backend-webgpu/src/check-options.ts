import { ArgumentError } from "@adjoint/core";
import type { WebgpuOptions } from "./create-webgpu-backend.ts";

const operation = "createWebgpuBackend";

const shown = (value: unknown): string =>
  typeof value === "string" ? JSON.stringify(value) : String(value);

const refuse = (name: string, rule: string, value: unknown): never => {
  throw new ArgumentError({ operation, rule: `${name} must be ${rule}`, got: shown(value) });
};

const checkCount = (name: string, value: unknown): void => {
  if (value === undefined || (typeof value === "number" && value >= 0)) return;
  refuse(name, "a number from 0 on", value);
};

const checkFunction = (name: string, value: unknown): void => {
  if (typeof value !== "function") refuse(name, "a function", value);
};

const checkCallback = (name: string, value: unknown): void => {
  if (value !== undefined) checkFunction(name, value);
};

const checkChoice = (name: string, choices: readonly string[], value: unknown): void => {
  if (value === undefined || (typeof value === "string" && choices.includes(value))) return;
  refuse(name, `one of ${choices.map(shown).join(", ")}`, value);
};

const checkTuning = (tuning: WebgpuOptions["tuning"]): void => {
  const modes = ["auto", "on", "off"];
  if (typeof tuning !== "object" || tuning === null) return checkChoice("tuning", modes, tuning);
  checkChoice("tuning.mode", modes, tuning.mode);
  checkCallback("tuning.load", tuning.load);
  checkCallback("tuning.save", tuning.save);
  checkCallback("tuning.onWarning", tuning.onWarning);
  checkCount("tuning.budgetMs", tuning.budgetMs);
  checkCount("tuning.smallest", tuning.smallest);
};

/** Throws ArgumentError for the first option that is not of its kind. */
export const checkOptions = (options: WebgpuOptions): void => {
  const { gpu, maxFreeBytes, onCompile, powerPreference, tuning } = options;
  if (gpu !== undefined) checkFunction("gpu.requestAdapter", gpu.requestAdapter);
  checkChoice("powerPreference", ["high-performance", "low-power"], powerPreference);
  checkCount("maxFreeBytes", maxFreeBytes);
  checkCallback("onCompile", onCompile);
  checkTuning(tuning);
};
