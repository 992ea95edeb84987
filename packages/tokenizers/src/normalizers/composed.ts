import { compareCombining, isCombining } from "./combining-order.ts";
import type { Change } from "./decomposed.ts";

const compose = (left: string, right: string): string | undefined => {
  const pair = (left + right).normalize("NFC");
  return pair !== left + right && [...pair].length === 1 ? pair : undefined;
};

/** Composes decomposed characters; one that several became stands for the first of them. */
export const composed = (changes: readonly Change[]): readonly Change[] => {
  const out: Change[] = [];
  let starter: Change | undefined;
  let blocked: Change[] = []; // marks behind the starter that did not go into it
  const flush = (): void => {
    if (starter !== undefined) out.push(starter);
    for (const mark of blocked) out.push(mark);
    blocked = [];
  };
  for (const change of changes) {
    const [character, count] = change;
    const combining = isCombining(character);
    const previous = blocked.at(-1)?.[0];
    const reaches =
      previous === undefined || (combining && compareCombining(previous, character) < 0);
    const joined = starter !== undefined && reaches ? compose(starter[0], character) : undefined;
    if (starter !== undefined && joined !== undefined) starter = [joined, starter[1] + count - 1];
    else if (!combining) {
      flush();
      starter = change;
    } else if (starter === undefined) out.push(change);
    else blocked.push(change);
  }
  flush();
  return out;
};
