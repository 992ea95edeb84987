import { indexAt, type KeyWords } from "./random.ts";

/** Which items a shuffle of `size` slots filled its slots with by `draws` draws, each of which put a new item in its place. */
const steadySlots = (key: KeyWords, size: number, draws: number): number[] => {
  const slots = Array.from({ length: size }, () => -1);
  let open = size;
  for (let draw = draws - 1; draw >= 0 && open > 0; draw--) {
    const slot = indexAt(key, draw, size);
    if (slots[slot] !== -1) continue;
    slots[slot] = size + draw;
    open--;
  }
  return slots.map((index, slot) => (index === -1 ? slot : index)); // what is there from the first filling
};

/**
 * The indices of the items that a shuffle holds after `given` draws, slot by slot: a pure function, so that no state needs
 * to list them. It walks back over about size · ln(size) draws. `length` is how many items there are in all, when the
 * shuffle came to know that.
 */
export const shuffleSlots = (
  key: KeyWords,
  buffer: number,
  given: number,
  length: number | undefined,
): number[] => {
  const size = Math.min(buffer, length ?? buffer);
  const steady = length === undefined ? given : Math.min(given, length - size);
  const slots = steadySlots(key, size, steady);
  for (let draw = steady; draw < given; draw++) {
    const slot = indexAt(key, draw, slots.length);
    const last = slots.pop();
    if (last !== undefined && slot < slots.length) slots[slot] = last;
  }
  return slots;
};
