import { ArgumentError } from "@adjoint/core";
import type { z } from "zod";
import { type Either, left, right } from "@adjoint/core/either";
import { spelled } from "../internal/spelled.ts";
import { PretrainedError } from "./pretrained-error.ts";

const refused = (
  operation: string,
  problems: readonly string[],
  cause?: unknown,
): PretrainedError =>
  new PretrainedError(operation, "config.json must describe the model", problems, { cause });

/** What `parse` gives; sizes that fit each alone and not together are an error of the configuration. */
const safely = <T>(parse: () => T): T | ArgumentError => {
  try {
    return parse();
  } catch (error) {
    if (error instanceof ArgumentError) return error;
    throw error;
  }
};

/** The object in a config.json, as `schema` has it; every field that is wrong is named. */
export const parseConfig = <T>(
  schema: z.ZodType<T>,
  config: unknown,
  operation: string,
): Either<PretrainedError, T> => {
  const parsed = safely(() => schema.safeParse(config));
  if (parsed instanceof ArgumentError) {
    const { rule, got } = parsed;
    return left(refused(operation, [`the file: ${rule}, got ${got ?? "something else"}`], parsed));
  }
  if (parsed.success) return right(parsed.data);
  const problems = parsed.error.issues.map(
    ({ path, message }) => `${path.length === 0 ? "the file" : spelled(path)}: ${message}`,
  );
  return left(refused(operation, problems));
};
