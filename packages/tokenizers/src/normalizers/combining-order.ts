/** Iota below has the highest combining class but one: what is not a starter moves in front of it. */
const last = "\u0345";

/** Whether a character has a combining class above 0: such characters have an order among themselves. */
export const isCombining = (character: string): boolean =>
  character === last || (last + character).normalize("NFD") !== last + character;

/**
 * Below 0 if `left` has the lower combining class, above 0 if the higher, 0 if they have the same; both are combining. The
 * engine's own normalization knows, so no table is needed.
 */
export const compareCombining = (left: string, right: string): number => {
  if ((left + right).normalize("NFD") !== left + right) return 1;
  return (right + left).normalize("NFD") === right + left ? 0 : -1;
};
