/** The function that a WebAssembly instance exports by `name`; the caller knows its parameters, having emitted it. */
export function exportedFunction(
  instance: WebAssembly.Instance,
  name: string,
): (...args: readonly number[]) => void {
  return instance.exports[name] as (...args: readonly number[]) => void;
}
