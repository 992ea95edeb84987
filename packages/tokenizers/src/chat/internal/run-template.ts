import * as jinja from "@huggingface/jinja";
import { ChatTemplateError } from "../chat-template-error.ts";

/** What a template may cost. */
export type Limits = {
  /** Statements and expressions that are evaluated. */
  readonly maxSteps: number;
  /** UTF-16 units of any text, and entries of any list, that comes up. */
  readonly maxLength: number;
};

/** A template that is parsed. */
export type Program = { readonly type: string };

type Environment = { set(name: string, value: unknown): unknown };

type Evaluator = {
  evaluate(statement: unknown, environment: Environment): unknown;
  run(program: Program): { readonly value: unknown };
};

type Jinja = {
  readonly Environment: new () => Environment;
  readonly Interpreter: new (environment: Environment) => Evaluator;
  readonly tokenize: (
    source: string,
    options: { readonly lstrip_blocks: boolean; readonly trim_blocks: boolean },
  ) => unknown;
  readonly parse: (tokens: unknown) => Program;
};

/** The package's declarations import files without their endings, which TypeScript does not find in ESM. */
const { Environment, Interpreter, parse, tokenize } = jinja as unknown as Jinja;

/** Ends a template that costs too much; Jinja's own loops let it through. */
class LimitError extends Error {}

const sizeOf = (value: unknown): number => {
  const inner = (value as { readonly value?: unknown } | undefined)?.value;
  return typeof inner === "string" || Array.isArray(inner) ? inner.length : 0;
};

/** The interpreter with a count of its steps: every loop, macro and expression goes through `evaluate`. */
class BoundedInterpreter extends Interpreter {
  readonly limits: Limits;
  steps = 0;

  constructor(environment: Environment, limits: Limits) {
    super(environment);
    this.limits = limits;
  }

  override evaluate(statement: unknown, environment: Environment): unknown {
    if (++this.steps > this.limits.maxSteps)
      throw new LimitError(`more than ${this.limits.maxSteps} steps`);
    const value = super.evaluate(statement, environment);
    const size = sizeOf(value);
    if (size > this.limits.maxLength)
      throw new LimitError(`a value of ${size}, more than ${this.limits.maxLength}`);
    return value;
  }
}

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
        fix: "see its loops and macros",
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
    return parse(tokenize(source, { lstrip_blocks: true, trim_blocks: true }));
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
    const environment = new Environment();
    const globals = new Map([...constants, ["range", boundedRange(limits)], ...variables]);
    for (const [name, value] of globals) environment.set(name, value);
    return String(new BoundedInterpreter(environment, limits).run(program).value);
  } catch (error) {
    throw complaint(operation, error);
  }
};
