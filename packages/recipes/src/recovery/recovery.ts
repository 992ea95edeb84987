import { BackendError } from "@adjoint/core";
import { type Snapshot, takeSnapshot } from "./snapshot.ts";

/** What happened when a lost device came back. */
export type Recovery = {
  /** The step in progress when the loss was noticed. */
  readonly lostAt: number;
  /** Steps done in the state that the run goes on from. */
  readonly step: number;
  /** How the loss showed. */
  readonly error: BackendError;
};

/** Settings of `train` for devices that can be lost, as GPUs can. */
export type RecoveryOptions = {
  /**
   * Gets the device back, for example `() => backend.recover()`. Where it is given, the run survives errors named
   * DeviceLostError in its steps and reads: it goes on from the last state that was read to the host, with the same
   * batches. Tensors that `batchAt` or the loss hold on to are lost with the device: they must make them anew.
   */
  readonly recover?: () => Promise<void>;
  /** Steps between reads of the whole state to the host, where `recover` is given; default `every`. */
  readonly snapshotEvery?: number;
  /** Recoveries in a row, without a new state read in between, after which the error is thrown; default 3. */
  readonly maxRecoveries?: number;
  /** Called when a run is about to go on after a loss. */
  readonly onRecovery?: (recovery: Recovery) => void;
};

/** A state and the number of steps done in it. */
export type Standing<T> = { readonly state: T; readonly step: number };

/** Keeps the last good state of a run, and brings it back. */
export type Keeper<T> = {
  /** Reads a state; nothing where there is no way to recover. */
  readonly keep: (standing: Standing<T>) => Promise<void>;
  /** The last state kept, on a device that works again. Rethrows errors that are no loss, and one loss too many. */
  readonly revive: (error: unknown, lostAt: number) => Promise<Standing<T>>;
};

/** Backends name this error alike; none of them is imported here. */
const isLoss = (error: unknown): error is BackendError =>
  error instanceof BackendError && error.name === "DeviceLostError";

type Kept<T> = { readonly snapshot: Snapshot<T>; readonly step: number };

/** Recovers until a state is on the device again; `mayTry` counts the attempts. */
const reviveFrom = async <T>(
  { snapshot, step }: Kept<T>,
  recover: () => Promise<void>,
  mayTry: () => boolean,
  loss: unknown,
): Promise<Standing<T> & { readonly error: BackendError }> => {
  if (!isLoss(loss) || !mayTry()) throw loss;
  try {
    await recover();
    return { state: snapshot.restore(), step, error: loss };
  } catch (again) {
    return reviveFrom({ snapshot, step }, recover, mayTry, again);
  }
};

/** A keeper that recovers as the options say. */
export const keeperOf = <T>(options: RecoveryOptions): Keeper<T> => {
  const { recover, maxRecoveries = 3, onRecovery } = options;
  let kept: Kept<T> | undefined;
  let tries = 0;
  return {
    keep: async ({ state, step }) => {
      if (recover === undefined) return;
      kept = { snapshot: await takeSnapshot(state), step };
      tries = 0; // a later state than before: the run gets on, so the count cannot start anew for ever
    },
    revive: async (loss, lostAt) => {
      if (recover === undefined || kept === undefined) throw loss;
      const mayTry = (): boolean => ++tries <= maxRecoveries;
      const { state, step, error } = await reviveFrom(kept, recover, mayTry, loss);
      onRecovery?.({ lostAt, step, error });
      return { state, step };
    },
  };
};
