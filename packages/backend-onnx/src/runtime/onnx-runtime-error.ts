/** ONNX Runtime is missing, or refused a model or a run; `cause` holds what it said. */
export class OnnxRuntimeError extends Error {
  override readonly name = "OnnxRuntimeError";
}

/** Runs `action` and turns what it throws into an `OnnxRuntimeError` that starts with `what`. */
export function explainFailure<T>(what: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    throw failure(what, cause);
  }
}

/** An `OnnxRuntimeError` for something that ONNX Runtime threw. */
export function failure(what: string, cause: unknown): OnnxRuntimeError {
  return new OnnxRuntimeError(
    `${what}: ${cause instanceof Error ? cause.message : String(cause)}`,
    { cause },
  );
}

/** Throws unless `given` has every name in `names`. */
export function requireNames(
  kind: "feed" | "output",
  names: readonly string[],
  given: Readonly<Record<string, unknown>>,
): void {
  for (const name of names) {
    if (Object.hasOwn(given, name)) continue;
    const known = Object.keys(given).join(", ") || "none";
    throw new OnnxRuntimeError(
      `session.run: every ${kind} needs a tensor, "${name}" has none; got ${known}. Pass it too.`,
    );
  }
}
