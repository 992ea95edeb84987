/** An item as the caller says that the worker's dataset gives: nothing can check a type across threads. */
export const asItem = <T>(value: unknown): T => value as T;
