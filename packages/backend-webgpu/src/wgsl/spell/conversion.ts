import { roundTo, valueType } from "../value.ts";
import type { Rule } from "./rule.ts";

/** Floats saturate and truncate, integers wrap, NaN becomes 0 or true; a cast to a half dtype rounds. */
const cast: Rule = ({ args: [x = ""], dtype, type, out }) => {
  const to = valueType(out);
  if (to === "f32")
    return {
      code:
        dtype === out || type === "bool"
          ? numeric(to, type, x)
          : roundTo(out, numeric(to, type, x)),
      cost: 1,
    };
  if (type === "f32" && to === "bool")
    return { code: `((bitcast<u32>(${x}) & 0x7fffffffu) != 0u)`, cost: 1 };
  if (type === "f32") return { code: `adj_to_${to}(${x})`, cost: 3 };
  return { code: numeric(to, type, x), cost: 1 };
};

const numeric = (to: string, from: string, x: string): string => {
  if (to === from) return x;
  return to === "f32" && from === "u32" ? `adj_from_u32(${x})` : `${to}(${x})`;
};

const bitcast: Rule = ({ args: [x = ""], type, out }) => {
  const to = valueType(out);
  return { code: to === type ? x : `bitcast<${to}>(${x})`, cost: 0 };
};

/** Conversions between dtypes, by value and by bits. */
export const conversion: Readonly<Record<string, Rule>> = { cast, bitcast };
