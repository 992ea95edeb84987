import type { z } from "zod";

/** A field, whether it fits the others, and what it must be. */
export type FieldRule = readonly [field: string, holds: boolean, message: string];

/** A check of fields that fit each alone and not together; every one that does not is named. */
export const fieldRules =
  <T>(rulesOf: (fields: T) => readonly FieldRule[]) =>
  (fields: T, context: z.RefinementCtx<T>): void => {
    for (const [field, holds, message] of rulesOf(fields))
      if (!holds) context.addIssue({ code: "custom", path: field.split("."), message });
  };

/** Whether `part` divides `whole`; a part of 0, which its own field refuses, is not complained of twice. */
export const divides = (part: number, whole: number): boolean => part === 0 || whole % part === 0;

/** A count of heads whose size follows from the width. */
export const dividesWidth = (
  field: string,
  heads: number,
  [widthField, width]: readonly [string, number],
): FieldRule => [field, divides(heads, width), `must divide ${widthField}`];
