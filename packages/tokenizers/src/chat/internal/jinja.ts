import * as huggingFaceJinja from "@huggingface/jinja";
import type { Value } from "./template-value.ts";

/** A template that is parsed. */
export type Program = { readonly type: string };

/** The variables of a template. */
export type Environment = { set(name: string, value: unknown): unknown };

/** A part of a parsed template; the fields are those of the kinds that have them. */
export type Statement = {
  readonly type: string;
  readonly value?: unknown;
  readonly operator?: { readonly value: string };
  readonly property?: Statement;
};

/** A filter: its name, or a call of it. */
export type Filter = Statement & {
  readonly callee?: Statement;
  readonly args?: readonly Statement[];
};

type Evaluator = {
  evaluate(statement: Statement | undefined, environment: Environment): Value;
  evaluateBlock(statements: readonly Statement[], environment: Environment): Value;
  applyFilter(operand: Value, filter: Filter, environment: Environment): Value;
  evaluateArguments(
    args: readonly Statement[],
    environment: Environment,
  ): [Value[], Map<string, Value>];
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

/** The package; its declarations import files without their endings, which TypeScript does not find in ESM. */
export const jinja: Jinja = huggingFaceJinja;
