import type { Storage } from "../emit/arrays.ts";
import { aligned, bytesOf } from "../plan/memory.ts";
import type { HostOperand, ScanStep } from "../plan/step.ts";
import { Slab } from "./block.ts";
import type { Action, LoadedProgram } from "./loaded-program.ts";
import { type Frame, isSamePlace, type Located, shifted, startOf } from "./located.ts";
import type { Runtime } from "./runtime.ts";

type Locate = (storage: Storage) => Located;

/** Records a program once more; gives a promise where that waits for the host. */
export type RunNested = (
  program: LoadedProgram,
  frame: Frame,
  turn: number,
) => void | Promise<void>;

type Of<K extends Action["kind"]> = Extract<Action, { readonly kind: K }>;

/** Copies bytes on the device; by way of another buffer where both places are in one. */
const copy = ({ device }: Runtime, from: Located, to: Located, bytes: number): void => {
  if (isSamePlace(from, to)) return;
  if (from.gpu !== to.gpu) {
    device.encoder().copyBufferToBuffer(from.gpu, from.offset, to.gpu, to.offset, bytes);
    return;
  }
  const between = new Slab(device, bytes);
  between.retain();
  const encoder = device.encoder();
  encoder.copyBufferToBuffer(from.gpu, from.offset, between.gpu, 0, bytes);
  encoder.copyBufferToBuffer(between.gpu, 0, to.gpu, to.offset, bytes);
  between.release();
};

/** The memory that control flow works in: two places for each value that is carried, then scratch. */
const workspaceOf = (
  carry: readonly HostOperand[],
  start: Located,
): { readonly pairs: readonly (readonly [Located, Located])[]; readonly rest: Located } => {
  let next = start;
  const pairs = carry.map(({ storage }) => {
    const bytes = aligned(bytesOf(storage));
    const pair = [next, shifted(next, bytes)] as const;
    next = shifted(next, 2 * bytes);
    return pair;
  });
  return { pairs, rest: next };
};

/** Bytes of one element of an array whose leading axis a scan runs along. */
const sliceBytes = ({ variable, storage }: HostOperand): number => {
  const [length = 1] = variable.aval.shape;
  const words = storage.element === "f16" ? 2 : 4;
  return (storage.size / Math.max(1, length)) * words;
};

/** Elements of stacked arrays: where they lie when bindings may start there, else in a buffer that they are copied through. */
class Slices {
  readonly #runtime: Runtime;
  readonly #staging: Slab | undefined;
  readonly #offsets: readonly (number | undefined)[];
  readonly #arrays: readonly HostOperand[];

  constructor(runtime: Runtime, arrays: readonly HostOperand[]) {
    this.#runtime = runtime;
    this.#arrays = arrays;
    let bytes = 0;
    this.#offsets = arrays.map((array) => {
      const own = sliceBytes(array);
      if (own % runtime.device.profile.offsetAlignment === 0) return undefined;
      const offset = bytes;
      bytes += aligned(Math.max(16, own));
      return offset;
    });
    this.#staging = bytes === 0 ? undefined : new Slab(runtime.device, bytes);
    this.#staging?.retain();
  }

  /** Where the element `index` of the array number `i` is to be found or put. */
  place(i: number, whole: Located, index: number): Located {
    const array = this.#arrays[i];
    const offset = this.#offsets[i];
    if (array === undefined || offset === undefined || this.#staging === undefined)
      return shifted(whole, index * (array === undefined ? 0 : sliceBytes(array)));
    return shifted(startOf(this.#staging), offset);
  }

  /** Copies an element to where it is to be found, or from where it was put. */
  move(i: number, whole: Located, index: number, direction: "in" | "out"): void {
    const array = this.#arrays[i];
    if (array === undefined || this.#offsets[i] === undefined) return;
    const bytes = sliceBytes(array);
    const [own, staged] = [shifted(whole, index * bytes), this.place(i, whole, index)];
    if (bytes === 0) return;
    if (direction === "in") copy(this.#runtime, own, staged, bytes);
    else copy(this.#runtime, staged, own, bytes);
  }

  release(): void {
    this.#staging?.release();
  }
}

/** The frames of a scan, one after the other. */
function* scanFrames(
  runtime: Runtime,
  step: ScanStep,
  locate: Locate,
): Generator<{ readonly frame: Frame; readonly turn: number }> {
  const { numConsts, numCarry, length, reverse } = step;
  const consts = step.inputs.slice(0, numConsts).map((x) => locate(x.storage));
  const xs = step.inputs.slice(numConsts + numCarry);
  const carried = step.outputs.slice(0, numCarry);
  const ys = step.outputs.slice(numCarry);
  const start = step.workspace.size === 0 ? undefined : locate(step.workspace);
  const { pairs, rest } = workspaceOf(carried, start ?? { gpu: runtime.nothing, offset: 0 });
  const [reads, writes] = [new Slices(runtime, xs), new Slices(runtime, ys)];
  let carry = step.inputs.slice(numConsts, numConsts + numCarry).map((x) => locate(x.storage));
  for (let turn = 0; turn < length; turn++) {
    const index = reverse ? length - 1 - turn : turn;
    xs.forEach((x, i) => reads.move(i, locate(x.storage), index, "in"));
    const next = carried.map((x, i) =>
      turn === length - 1 ? locate(x.storage) : (pairs[i]?.[turn % 2] ?? rest),
    );
    const inputs = [
      ...consts,
      ...carry,
      ...xs.map((x, i) => reads.place(i, locate(x.storage), index)),
    ];
    const results = [...next, ...ys.map((y, i) => writes.place(i, locate(y.storage), index))];
    yield { frame: { inputs, results, state: undefined, scratch: rest }, turn };
    ys.forEach((y, i) => writes.move(i, locate(y.storage), index, "out"));
    carry = next;
  }
  reads.release();
  writes.release();
}

/** Records every turn of a scan whose body never waits. */
export const performScan = (
  runtime: Runtime,
  { step, body }: Of<"scan">,
  locate: Locate,
  turn: number,
  run: (program: LoadedProgram, frame: Frame, turn: number) => void,
): void => {
  for (const one of scanFrames(runtime, step, locate))
    run(body, one.frame, turn * step.length + one.turn);
};

/** As `performScan`, for a body that waits. */
export const performScanWaiting = async (
  runtime: Runtime,
  { step, body }: Of<"scan">,
  locate: Locate,
  turn: number,
  run: RunNested,
): Promise<void> => {
  for (const one of scanFrames(runtime, step, locate))
    await run(body, one.frame, turn * step.length + one.turn);
};

const readWord = async ({ device }: Runtime, { gpu, offset }: Located): Promise<number> => {
  const bytes = await device.read(gpu, offset, 4);
  return new Int32Array(bytes.buffer, 0, 1)[0] ?? 0;
};

/** Runs the body of a while loop until the condition, which is read after each turn, says no. */
export const performWhile = async (
  runtime: Runtime,
  { step, condition, body }: Of<"while">,
  locate: Locate,
  turn: number,
  run: RunNested,
): Promise<void> => {
  const { numCondConsts, numBodyConsts, inputs, outputs } = step;
  const located = inputs.map((x) => locate(x.storage));
  const condConsts = located.slice(0, numCondConsts);
  const bodyConsts = located.slice(numCondConsts, numCondConsts + numBodyConsts);
  let carry = located.slice(numCondConsts + numBodyConsts);
  const { pairs, rest: flag } = workspaceOf(outputs, locate(step.workspace));
  const scratch = shifted(flag, 256);
  const runOne = async (
    program: LoadedProgram,
    own: readonly Located[],
    results: readonly Located[],
    parity: number,
  ): Promise<void> =>
    run(
      program,
      { inputs: [...own, ...carry], results, state: undefined, scratch },
      2 * turn + parity,
    );
  for (let round = 0; ; round++) {
    await runOne(condition, condConsts, [flag], round % 2);
    if ((await readWord(runtime, flag)) === 0) break;
    const next = pairs.map((pair) => pair[round % 2 === 0 ? 0 : 1]);
    await runOne(body, bodyConsts, next, round % 2);
    carry = next;
  }
  outputs.forEach(({ storage }, i) => {
    const from = carry[i];
    if (from !== undefined) copy(runtime, from, locate(storage), bytesOf(storage));
  });
};

/** Reads which branch to take, and takes it. */
export const performBranch = async (
  runtime: Runtime,
  { step, branches }: Of<"branch">,
  locate: Locate,
  turn: number,
  run: RunNested,
): Promise<void> => {
  const [index, ...operands] = step.inputs.map((x) => locate(x.storage));
  if (index === undefined) return;
  const which = Math.min(Math.max(await readWord(runtime, index), 0), branches.length - 1);
  const branch: LoadedProgram | undefined = branches[which];
  if (branch === undefined) return;
  const frame: Frame = {
    inputs: operands,
    results: step.outputs.map((x) => locate(x.storage)),
    state: undefined,
    scratch: step.workspace.size === 0 ? undefined : locate(step.workspace),
  };
  await run(branch, frame, turn);
};
