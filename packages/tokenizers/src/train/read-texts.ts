import { complaintOf, shown } from "./complaint.ts";
import { pacer, throwIfStopped } from "./paced.ts";
import type { TrainingOptions, TrainingTexts } from "./training-options.ts";

/** Gives each text to `take`, with pauses. */
export const readTexts = async (
  operation: string,
  texts: TrainingTexts,
  options: TrainingOptions,
  take: (text: string) => void,
): Promise<void> => {
  const pace = pacer(operation, options);
  let done = 0;
  const read = (text: string): Promise<void> | undefined => {
    if (typeof text !== "string")
      throw complaintOf(operation)(`each text must be a string, ${done} are`, shown(text));
    take(text);
    return pace({ stage: "read", done: ++done, total: undefined });
  };
  throwIfStopped(operation, options.signal);
  if (Symbol.asyncIterator in texts) for await (const text of texts) await read(text);
  else
    for (const text of texts) {
      const resting = read(text);
      if (resting !== undefined) await resting;
    }
};
