import type * as dawnModule from "webgpu";
import { NoAdapterError } from "./errors.ts";

/** What the npm package `webgpu` (Dawn for Node) exports. */
type Dawn = typeof dawnModule;

/** In Node a GPU object that is garbage collected takes its devices along and ends the process. */
const alive = new Set<GPU>();

const isDawn = (value: unknown): value is Dawn =>
  typeof value === "object" && value !== null && "create" in value && "globals" in value;

/** The specifier is a variable so that bundlers for browsers do not look for a package that only Node needs. */
const importDawn = async (): Promise<Dawn | undefined> => {
  const specifier = "webgpu";
  try {
    const dawn: unknown = await import(/* @vite-ignore */ /* webpackIgnore: true */ specifier);
    return isDawn(dawn) ? dawn : undefined;
  } catch {
    return undefined; // not installed, or no binary for this system
  }
};

/** Names such as GPUBufferUsage, which browsers have and Node lacks. */
const installGlobals = ({ globals }: Dawn): void => {
  for (const [name, value] of Object.entries(globals)) {
    if (name in globalThis) continue;
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
};

const hasGlobals = (): boolean => "GPUBufferUsage" in globalThis && "GPUBuffer" in globalThis;

const browserGpu = (): GPU | undefined =>
  "navigator" in globalThis && "gpu" in navigator ? navigator.gpu : undefined;

let dawnGpu: GPU | undefined;

const nodeGpu = async (): Promise<GPU | undefined> => {
  const dawn = await importDawn();
  if (dawn === undefined) return undefined;
  installGlobals(dawn);
  dawnGpu ??= dawn.create([]);
  return dawnGpu;
};

const absent = (): NoAdapterError =>
  new NoAdapterError({
    operation: "createDevice",
    rule: "WebGPU must be there",
    got: "no navigator.gpu, and no npm package webgpu",
    fix: "use a browser with WebGPU over https or localhost, or in Node: npm install webgpu",
  });

/**
 * The entry point of WebGPU: the one given, else the browser's, else Dawn's in Node. It is kept for as long as the process
 * lives. Throws NoAdapterError where there is none.
 */
export const findGpu = async (given: GPU | undefined): Promise<GPU> => {
  const gpu = given ?? browserGpu() ?? (await nodeGpu());
  if (gpu === undefined) throw absent();
  alive.add(gpu);
  if (!hasGlobals()) {
    const dawn = await importDawn();
    if (dawn === undefined) throw absent();
    installGlobals(dawn);
  }
  return gpu;
};
