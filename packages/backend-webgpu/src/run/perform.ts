import { allocate, type HostArray, type Literal } from "@adjoint/core/backend";
import { bytesOf } from "../plan/memory.ts";
import type { HostOperand, HostStep } from "../plan/step.ts";
import type { Dispatch } from "./dispatch.ts";
import { fromDevice, toDevice } from "./host-data.ts";
import type { Action, LoadedProgram } from "./loaded-program.ts";
import type { Frame } from "./located.ts";
import {
  performBranch,
  performScan,
  performScanWaiting,
  performWhile,
  type RunNested,
} from "./control.ts";
import type { Runtime } from "./runtime.ts";

/** Records a program that never waits for the host. */
export const record = (runtime: Runtime, loaded: LoadedProgram, frame: Frame, turn = 0): void => {
  for (const action of loaded.actions) {
    if (action.kind === "dispatch") recordOne(runtime, loaded, action.dispatch, frame, turn);
    else if (action.kind === "scan")
      performScan(
        runtime,
        action,
        (s) => loaded.locate(s, frame),
        turn,
        (nested, own, at) => record(runtime, nested, own, at),
      );
    else throw new TypeError(`${action.kind} waits for the host`);
  }
};

const recordOne = (
  runtime: Runtime,
  loaded: LoadedProgram,
  dispatch: Dispatch,
  frame: Frame,
  turn: number,
): void => {
  const { table } = dispatch;
  const located = dispatch.bound.bindings.map(({ place }) => {
    if (place.kind !== "table") return loaded.at(place, frame);
    return { gpu: (table ?? noTable()).gpu, offset: 0 };
  });
  dispatch.record(runtime, located, turn);
};

const noTable = (): never => {
  throw new TypeError("a group has no table");
};

/** Records a program, waiting for the host where it must. */
export const perform = async (
  runtime: Runtime,
  loaded: LoadedProgram,
  frame: Frame,
  turn = 0,
): Promise<void> => {
  if (!loaded.waits) return record(runtime, loaded, frame, turn);
  for (const action of loaded.actions) await performOne(runtime, loaded, action, frame, turn);
};

const performOne = async (
  runtime: Runtime,
  loaded: LoadedProgram,
  action: Action,
  frame: Frame,
  turn: number,
): Promise<void> => {
  const locate = (storage: Parameters<LoadedProgram["locate"]>[0]) => loaded.locate(storage, frame);
  const run: RunNested = (nested, own, at) => perform(runtime, nested, own, at);
  switch (action.kind) {
    case "dispatch":
      return recordOne(runtime, loaded, action.dispatch, frame, turn);
    case "host":
      return performHost(runtime, loaded, action.step, frame);
    case "scan":
      return performScanWaiting(runtime, action, locate, turn, run);
    case "while":
      return performWhile(runtime, action, locate, turn, run);
    case "branch":
      return performBranch(runtime, action, locate, turn, run);
  }
};

const performHost = async (
  runtime: Runtime,
  loaded: LoadedProgram,
  { eqn, inputs, outputs }: HostStep,
  frame: Frame,
): Promise<void> => {
  const arrays = await Promise.all(inputs.map((x) => fetchOperand(runtime, loaded, x, frame)));
  const results = eqn.primitive.evaluate(arrays, eqn.params);
  outputs.forEach(({ storage }, i) => {
    const array = results[i];
    if (array === undefined || array.data.length === 0) return;
    const { gpu, offset } = loaded.locate(storage, frame);
    runtime.device.upload(gpu, toDevice(array, runtime.f16), offset);
  });
};

const fetchOperand = async (
  { device, f16 }: Runtime,
  loaded: LoadedProgram,
  operand: HostOperand | Literal,
  frame: Frame,
): Promise<HostArray> => {
  if (operand.kind === "literal") {
    const data = allocate(operand.aval.dtype, 1);
    data[0] = operand.value;
    return { ...operand.aval, data };
  }
  const { gpu, offset } = loaded.locate(operand.storage, frame);
  const bytes = await device.read(gpu, offset, bytesOf(operand.storage));
  return fromDevice(operand.variable.aval, bytes, f16);
};
