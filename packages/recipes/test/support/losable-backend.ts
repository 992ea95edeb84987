import { BackendError, referenceBackend } from "@adjoint/core";
import type { Backend, Buffer, HostArray } from "@adjoint/core/backend";

/** The error of a device that is gone, under the name that backends give it. */
export class DeviceLostError extends BackendError {
  override readonly name = "DeviceLostError";
}

export type Losable = {
  readonly backend: Backend;
  /** Makes the device fail from now on, until it is recovered. */
  readonly lose: () => void;
  /** Makes it fail at the n-th of its operations of a kind from now on; 1 is the next one. */
  readonly loseAt: (kind: "run" | "read" | "upload", n: number) => void;
  /** Gets the device back; what was on it stays lost. */
  readonly recover: () => Promise<void>;
  /** How often each kind of operation was begun. */
  readonly counts: { run: number; read: number; upload: number; recover: number };
};

/** The reference backend on a device that can be lost with everything on it. */
export const losableBackend = (): Losable => {
  const counts = { run: 0, read: 0, upload: 0, recover: 0 };
  const due = new Map<string, number>();
  let generation = 0;
  let isLost = false;
  const contents = new WeakMap<Buffer, { readonly inner: Buffer; readonly born: number }>();
  const failure = (operation: string) =>
    new DeviceLostError({ operation, rule: "the device must be there", got: "none" });
  const begin = (kind: "run" | "read" | "upload"): void => {
    counts[kind]++;
    if (counts[kind] === due.get(kind)) isLost = true;
    if (isLost) throw failure(kind);
  };
  const innerOf = (buffer: Buffer, operation: string): Buffer => {
    const found = contents.get(buffer);
    if (found === undefined) throw new Error("a buffer of another backend");
    if (found.born !== generation) throw failure(operation);
    return found.inner;
  };
  const wrap = (inner: Buffer): Buffer => {
    const readSync = (): HostArray => {
      begin("read");
      return innerOf(buffer, "read").readSync();
    };
    const buffer: Buffer = {
      backend,
      aval: inner.aval,
      bytes: inner.bytes,
      readSync,
      read: () => Promise.resolve().then(readSync),
      dispose: () => inner.dispose(),
    };
    contents.set(buffer, { inner, born: generation });
    return buffer;
  };
  const backend: Backend = {
    name: "losable",
    fromHost: (array) => {
      begin("upload");
      return wrap(referenceBackend.fromHost(array));
    },
    execute: (primitive, inputs, params) => {
      const own = inputs.map((x) => innerOf(x, primitive.name));
      return referenceBackend.execute(primitive, own, params).map(wrap);
    },
    compile: (ir, options) => {
      const executable = referenceBackend.compile(ir, options);
      return {
        run: (inputs) => {
          begin("run");
          return executable.run(inputs.map((x) => innerOf(x, "run"))).map(wrap);
        },
        dispose: () => executable.dispose(),
      };
    },
  };
  return {
    backend,
    counts,
    lose: () => void (isLost = true),
    loseAt: (kind, n) => void due.set(kind, counts[kind] + n),
    recover: () => {
      counts.recover++;
      generation++;
      isLost = false;
      return Promise.resolve();
    },
  };
};
