import { BoundedInterpreter } from "./bounded-interpreter.ts";
import { jinja, type Program } from "./jinja.ts";
import { LimitError, type Limits } from "./template-value.ts";
import { ChatTemplateError } from "../chat-template-error.ts";

/** Python's range, which must not be longer than the template can walk through. */
const boundedRange =
  (limits: Limits) =>
  (first: number, second?: number, step = 1): number[] => {
    const [start, stop] = second === undefined ? [0, first] : [first, second];
    const length = Math.max(0, Math.ceil((stop - start) / step));
    if (step === 0 || Number.isNaN(length)) throw new Error("range() step must not be zero");
    if (length > limits.maxSteps) throw new LimitError(`a range of ${length}`);
    return Array.from({ length }, (_, i) => start + i * step);
  };

const constants: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["true", true],
  ["True", true],
  ["false", false],
  ["False", false],
  ["none", null],
  ["None", null],
  [
    "raise_exception",
    (message: unknown) => {
      throw new Error(String(message));
    },
  ],
]);

const complaint = (operation: string, error: unknown): ChatTemplateError => {
  if (error instanceof LimitError)
    return new ChatTemplateError(
      {
        operation,
        rule: "a template must end",
        got: error.message,
        fix: "see its loops, macros and long texts",
      },
      { cause: error },
    );
  const message = error instanceof Error ? error.message : String(error);
  const rule =
    error instanceof RangeError ? "a template must not nest without end" : "the template complains";
  return new ChatTemplateError({ operation, rule, got: message.slice(0, 500) }, { cause: error });
};

/** The parsed template. Throws ChatTemplateError where it is no Jinja. */
export const parseTemplate = (operation: string, source: string): Program => {
  try {
    return jinja.parse(jinja.tokenize(source, { lstrip_blocks: true, trim_blocks: true }));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new ChatTemplateError(
      { operation, rule: "needs a Jinja template", got: message.slice(0, 500) },
      { cause: error },
    );
  }
};

/** What the template makes of its variables. Throws ChatTemplateError, also where it would not end. */
export const runTemplate = (
  operation: string,
  program: Program,
  variables: ReadonlyMap<string, unknown>,
  limits: Limits,
): string => {
  try {
    const environment = new jinja.Environment();
    const globals = new Map([...constants, ["range", boundedRange(limits)], ...variables]);
    for (const [name, value] of globals) environment.set(name, value);
    return String(new BoundedInterpreter(environment, limits).run(program).value);
  } catch (error) {
    throw complaint(operation, error);
  }
};
