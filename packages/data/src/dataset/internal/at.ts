/** The item at an index that the caller knows to be within the list. */
export const at = <T>(items: readonly T[], index: number): T => items[index] as T;
