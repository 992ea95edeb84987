import { byType, calls, identity, infix, operandsOf, type Rule } from "./rule.ts";

/** Of bools, with false below true. */
const boolComparison =
  (write: (a: string, b: string) => string): Rule =>
  (call) => {
    const [a, b] = operandsOf(call);
    return { code: `(${write(a, b)})`, cost: 1 };
  };

const swapped =
  (rule: Rule): Rule =>
  (call) => {
    const [a, b] = operandsOf(call);
    return rule({ ...call, args: [b, a] });
  };

const comparison = (operator: string, ofFloats: Rule, ofBools: Rule): Rule =>
  byType({ f32: ofFloats, i32: infix(operator), u32: infix(operator), bool: ofBools });

const not: Rule = ({ args: [x = ""], type }) => ({
  code: type === "bool" ? `(!${x})` : `(~${x})`,
  cost: 1,
});

/** A function of words applied to integers of either sign. */
const onWords =
  (name: string): Rule =>
  ({ args: [a = "", b = ""], type }) => ({
    code:
      type === "u32"
        ? `${name}(${a}, ${b})`
        : `bitcast<i32>(${name}(bitcast<u32>(${a}), bitcast<u32>(${b})))`,
    cost: 2,
  });

const arithmeticShift: Rule = (call) => {
  const [a, b] = operandsOf(call);
  return call.type === "u32"
    ? onWords("adj_shift_right")(call)
    : { code: `adj_shift_right_i32(${a}, bitcast<u32>(${b}))`, cost: 2 };
};

const isFinite: Rule = (call) =>
  call.type === "f32" ? calls("adj_is_finite", 1)(call) : { code: "true", cost: 0 };

const where: Rule = (call) => {
  const [condition, a, b] = operandsOf(call);
  return { code: `select(${b}, ${a}, ${condition})`, cost: 1 };
};

const threefry: Rule = ({ args }) => {
  const hash = `adj_threefry(${args.join(", ")})`;
  return { code: [`${hash}.x`, `${hash}.y`], cost: 100 };
};

/** Comparisons, logic, bits, choices and the identities. */
export const logic: Readonly<Record<string, Rule>> = {
  equal: comparison("==", calls("adj_equal", 2), infix("==")),
  notEqual: comparison("!=", calls("adj_not_equal", 2), infix("!=")),
  less: comparison(
    "<",
    infix("<"),
    boolComparison((a, b) => `!${a} & ${b}`),
  ),
  lessEqual: comparison(
    "<=",
    calls("adj_less_equal", 2),
    boolComparison((a, b) => `!${a} | ${b}`),
  ),
  greater: comparison(
    ">",
    infix(">"),
    boolComparison((a, b) => `${a} & !${b}`),
  ),
  greaterEqual: comparison(
    ">=",
    swapped(calls("adj_less_equal", 2)),
    boolComparison((a, b) => `${a} | !${b}`),
  ),
  and: infix("&"),
  or: infix("|"),
  xor: byType({ f32: infix("^"), i32: infix("^"), u32: infix("^"), bool: infix("!=") }),
  not,
  shiftLeft: onWords("adj_shift_left"),
  shiftRightLogical: onWords("adj_shift_right"),
  shiftRightArithmetic: arithmeticShift,
  isFinite,
  where,
  threefry2x32: threefry,
  stopGradient: identity,
  barrier: identity,
};
