import { ArgumentError } from "../errors.ts";

/** An operation got the wrong number of operands. */
export class ArityError extends ArgumentError {
  constructor(operation: string, wanted: number, got: number) {
    super({ operation, rule: `takes ${wanted} operand(s)`, got: `${got}` });
  }
}
