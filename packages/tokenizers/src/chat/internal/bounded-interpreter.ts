import { type Environment, type Filter, jinja, type Statement } from "./jinja.ts";
import {
  type Arguments,
  callWork,
  operatorWork,
  perStep,
  sliceWork,
  walkOf,
} from "./template-work.ts";
import {
  checkSize,
  entryCount,
  LimitError,
  type Limits,
  textLength,
  type Value,
  writtenLength,
} from "./template-value.ts";

/** Statements that write nothing by themselves, or text that is written already. */
const silent: ReadonlySet<string> = new Set(["Set", "Macro", "Comment", "Break", "Continue"]);

/** What `{{ … }}` writes: as Python's str, where the package would write `true` and nothing for none. */
const written = (statement: Statement, value: Value): string => {
  if (silent.has(statement.type) || value.type === "UndefinedValue") return "";
  if (value.type === "NullValue") return "None";
  if (value.type === "BooleanValue") return value.value === true ? "True" : "False";
  return value.toString();
};

/** Expressions that make their values anew, and do not only name or choose them. */
const making: ReadonlySet<string> = new Set([
  "FilterExpression",
  "FilterStatement",
  "CallExpression",
]);

/** An expression or statement that is being evaluated, and the first of its parts. */
type Frame = { readonly statement: Statement; first?: Value };

type Call = (args: readonly Value[], scope: Environment) => Value;

const isCall = (value: Value): value is Value & { value: Call } => value.type === "FunctionValue";

/** The given values of a call, of which the package puts those with names last, as a map. */
const argumentsOf = (args: readonly Value[]): Arguments => {
  const last = args.at(-1);
  if (last?.type !== "KeywordArgumentsValue") return { positional: args, named: new Map() };
  return { positional: args.slice(0, -1), named: last.value as Map<string, Value> };
};

const nameOf = (filter: Filter): string =>
  filter.type === "Identifier" ? String(filter.value) : String(filter.callee?.value);

/**
 * The interpreter with a count of its work: every loop, macro and expression goes through `evaluate` and is a step, and
 * so are 100 characters that an operator, a filter or a method walks through. What such a one costs, and how long a text
 * it makes, is found out before it runs.
 */
export class BoundedInterpreter extends jinja.Interpreter {
  readonly #limits: Limits;
  readonly #guarded = new WeakSet<Value>();
  #work = 0;
  #frame: Frame | undefined;
  #filter: { readonly args: unknown; readonly name: string; readonly operand: Value } | undefined;

  constructor(environment: Environment, limits: Limits) {
    super(environment);
    this.#limits = limits;
  }

  #charge(work: number): void {
    this.#work += work;
    if (this.#work > this.#limits.maxSteps * perStep)
      throw new LimitError(`more work than ${this.#limits.maxSteps} steps`);
  }

  /** Charges for a part of an expression, which then works on it. */
  #receive(frame: Frame, part: Value): void {
    const { statement, first } = frame;
    frame.first ??= part;
    const { type } = statement;
    if (type === "MemberExpression") {
      const isSlice = statement.property?.type === "SliceExpression";
      this.#charge(isSlice ? sliceWork(part) : textLength(part));
    } else if (type === "CallExpression" || type === "CallStatement" || type === "TestExpression")
      this.#charge(walkOf(part));
    else if (type === "For" && first === undefined) this.#charge(walkOf(part));
    else if (type === "BinaryExpression" && first !== undefined)
      this.#charge(operatorWork(statement.operator?.value ?? "", first, part, this.#limits));
  }

  /** Lets a method of a text or a map be charged before it runs. */
  #guard(name: string, operand: Value, method: Value): void {
    if (!isCall(method) || this.#guarded.has(method)) return;
    this.#guarded.add(method);
    const call = method.value;
    method.value = (args, scope) => {
      this.#charge(callWork(name, operand, argumentsOf(args), this.#limits));
      return call(args, scope);
    };
  }

  override evaluate(statement: Statement | undefined, environment: Environment): Value {
    this.#charge(perStep);
    if (statement === undefined) return super.evaluate(statement, environment);
    const outer = this.#frame;
    const frame: Frame = { statement };
    this.#frame = frame;
    try {
      const value = super.evaluate(statement, environment);
      checkSize(value, this.#limits);
      if (making.has(statement.type)) this.#charge(walkOf(value));
      const isMethod = statement.type === "MemberExpression" && frame.first !== undefined;
      if (isMethod && frame.first?.type !== "NamespaceValue" && frame.first !== undefined)
        this.#guard(String(statement.property?.value), frame.first, value);
      if (outer !== undefined) this.#receive(outer, value);
      return value;
    } finally {
      this.#frame = outer;
    }
  }

  override evaluateBlock(statements: readonly Statement[], environment: Environment): Value {
    this.#charge(perStep); // a round of a loop whose body is empty
    const block = super.evaluateBlock([], environment);
    let text = "";
    for (const statement of statements) {
      const value = this.evaluate(statement, environment);
      if (entryCount(value) > 0) this.#charge(writtenLength(value, this.#limits));
      text += written(statement, value);
    }
    block.value = text;
    return block;
  }

  override applyFilter(operand: Value, filter: Filter, environment: Environment): Value {
    this.#charge(walkOf(operand));
    const name = nameOf(filter);
    const none: Arguments = { positional: [], named: new Map() };
    if (filter.type === "Identifier") this.#charge(callWork(name, operand, none, this.#limits));
    else if (name === "selectattr" || name === "rejectattr")
      this.#charge(entryCount(operand) * String(filter.args?.map((each) => each.value)).length);
    else this.#filter = { args: filter.args, name, operand };
    return super.applyFilter(operand, filter, environment);
  }

  override evaluateArguments(
    args: readonly Statement[],
    environment: Environment,
  ): [Value[], Map<string, Value>] {
    const filter = this.#filter;
    this.#filter = undefined;
    const [positional, named] = super.evaluateArguments(args, environment);
    if (filter?.args === args)
      this.#charge(callWork(filter.name, filter.operand, { positional, named }, this.#limits));
    return [positional, named];
  }
}
