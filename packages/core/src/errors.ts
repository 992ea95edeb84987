/** What an operation complains about: which operation, which rule, what it got and how to mend it. */
export type Complaint = {
  readonly operation: string;
  readonly rule: string;
  readonly got?: string;
  readonly fix?: string;
};

const describe = ({ operation, rule, got, fix }: Complaint): string =>
  `${operation}: ${rule}${got === undefined ? "" : `, got ${got}`}${fix === undefined ? "" : `; ${fix}`}`;

/**
 * Base class of every error Adjoint throws; `operation`, `rule`, `got` and `fix` are readable as data.
 * The message ends with the line of user code that made the call, when the engine's stack shows it.
 */
export class AdjointError extends Error {
  override readonly name: string = "AdjointError";
  readonly operation: string;
  readonly rule: string;
  readonly got: string | undefined;
  readonly fix: string | undefined;

  constructor(complaint: Complaint, options?: ErrorOptions) {
    super(describe(complaint), options);
    this.operation = complaint.operation;
    this.rule = complaint.rule;
    this.got = complaint.got;
    this.fix = complaint.fix;
    const site = userLine();
    if (site === undefined) return;
    const plain = this.message;
    this.message = `${plain}\n    called at ${site}`;
    if (this.stack !== undefined) this.stack = this.stack.replace(plain, () => this.message); // what is printed when uncaught
  }
}

/** Shapes, ranks or axes do not fit the operation. */
export class ShapeError extends AdjointError {
  override readonly name = "ShapeError";
}

/** A dtype is not accepted by the operation. */
export class DTypeError extends AdjointError {
  override readonly name = "DTypeError";
}

/** An argument has the wrong type, range or value. */
export class ArgumentError extends AdjointError {
  override readonly name = "ArgumentError";
}

/** Two trees do not have the same structure, or a leaf is not what the function takes. */
export class TreeError extends AdjointError {
  override readonly name = "TreeError";
}

/** A value under trace was read, leaked out of its trace, or used after disposal or donation. */
export class TracerError extends AdjointError {
  override readonly name = "TracerError";
}

/** A tensor was used after `dispose`, after its scope closed, or after it was donated. */
export class DisposedError extends AdjointError {
  override readonly name = "DisposedError";
}

/** A transform has no rule for an operation. */
export class TransformError extends AdjointError {
  override readonly name = "TransformError";
}

/** `debugNans` found the first operation that made a NaN. */
export class NanError extends AdjointError {
  override readonly name = "NanError";
}

/** A backend cannot do what was asked: missing feature, failed allocation, failed compilation. */
export class BackendError extends AdjointError {
  override readonly name: string = "BackendError";
}

const own = import.meta.url.slice(0, import.meta.url.lastIndexOf("/"));
/** Where the packages beside this one are, which may be linked from elsewhere; undefined in a bundle. */
const beside = /^(?:file:\/\/)?(.*\/)core\/(?:src|dist)$/.exec(own)?.[1];

const isBeside = (frame: string): boolean => {
  const at = beside === undefined ? -1 : frame.indexOf(beside);
  return at >= 0 && /^[\w-]+\/(?:src|dist)\//.test(frame.slice(at + (beside ?? "").length));
};

const isOwnFrame = (frame: string): boolean =>
  frame.includes(own) ||
  frame.includes(own.replace("file://", "")) ||
  isBeside(frame) ||
  /[/\\]@adjoint[/\\]/.test(frame);

/** The first frame of `stack` outside this library, as `file:line:column`, or undefined. */
export const callSite = (stack: string | undefined): string | undefined => {
  const frames = (stack ?? "").split("\n").filter((line) => /:\d+:\d+\)?$/.test(line));
  const frame = frames.find((line) => !isOwnFrame(line) && !line.includes("node:internal"));
  return frame?.trim().replace(/^at /, "").replace(/^.*\(/, "").replace(/\)$/, "");
};

/**
 * Operations nest deeper than the ten frames that engines keep, which would cut off the user's line. Who keeps none, as a reader does
 * that makes an error for each of a million bad rows, gets none here.
 */
const deepStack = (): string | undefined => {
  const limit: unknown = Reflect.get(Error, "stackTraceLimit");
  if (limit === 0) return undefined;
  Reflect.set(Error, "stackTraceLimit", 100);
  try {
    return new Error("site").stack;
  } finally {
    Reflect.set(Error, "stackTraceLimit", limit);
  }
};

/** The line of user code that is running, or undefined. */
export const userLine = (): string | undefined => callSite(deepStack());
