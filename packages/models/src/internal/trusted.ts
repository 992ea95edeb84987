/** Sound when `value` was built for `T`: parameters from the rules of their own model. */
export const trusted = <T>(value: unknown): T => value as T;
