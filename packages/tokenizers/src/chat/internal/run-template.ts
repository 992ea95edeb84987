import * as jinja from "@huggingface/jinja";
import { ChatTemplateError } from "../chat-template-error.ts";

/** What a template may cost. */
export type Limits = {
  /** Statements and expressions that are evaluated, and entries of any list. */
  readonly maxSteps: number;
  /** UTF-16 units of any text that comes up. */
  readonly maxLength: number;
};

/** A template that is parsed. */
export type Program = { readonly type: string };

type Environment = { set(name: string, value: unknown): unknown };

type Statement = { readonly type: string };

type Value = { readonly type: string; value: unknown; toString(): string };

type Evaluator = {
  evaluate(statement: Statement | undefined, environment: Environment): Value;
  evaluateBlock(statements: readonly Statement[], environment: Environment): Value;
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

/** Throws LimitError for a text or a list that is too long. */
const checkSize = ({ value }: Value, { maxSteps, maxLength }: Limits): void => {
  if (typeof value === "string" && value.length > maxLength)
    throw new LimitError(`a text of ${value.length}, more than ${maxLength}`);
  if (Array.isArray(value) && value.length > maxSteps)
    throw new LimitError(`a list of ${value.length}, more than ${maxSteps}`);
};

/** Statements that write nothing by themselves, or text that is written already. */
const silent: ReadonlySet<string> = new Set(["Set", "Macro", "Comment", "Break", "Continue"]);

/** What `{{ … }}` writes: as Python's str, where the package would write `true` and nothing for none. */
const written = (statement: Statement, value: Value): string => {
  if (silent.has(statement.type) || value.type === "UndefinedValue") return "";
  if (value.type === "NullValue") return "None";
  if (value.type === "BooleanValue") return value.value === true ? "True" : "False";
  return value.toString();
};

/** The interpreter with a count of its steps: every loop, macro and expression goes through `evaluate`. */
class BoundedInterpreter extends Interpreter {
  readonly limits: Limits;
  steps = 0;

  constructor(environment: Environment, limits: Limits) {
    super(environment);
    this.limits = limits;
  }

  #step(): void {
    if (++this.steps > this.limits.maxSteps)
      throw new LimitError(`more than ${this.limits.maxSteps} steps`);
  }

  override evaluate(statement: Statement | undefined, environment: Environment): Value {
    this.#step();
    const value = super.evaluate(statement, environment);
    checkSize(value, this.limits);
    return value;
  }

  override evaluateBlock(statements: readonly Statement[], environment: Environment): Value {
    this.#step(); // a round of a loop whose body is empty
    const block = super.evaluateBlock([], environment);
    let text = "";
    for (const statement of statements)
      text += written(statement, this.evaluate(statement, environment));
    block.value = text;
    return block;
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
