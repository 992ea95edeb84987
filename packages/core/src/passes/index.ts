export { mergeCommon } from "./common-subexpressions.ts";
export { type Folded, foldConstants } from "./constants.ts";
export { removeDeadCode } from "./dead-code.ts";
export { decompose } from "./decompose.ts";
export { byRules, Definitions, isLiteral, pairOf, type Rule } from "./definitions.ts";
export { replaceEmpty } from "./empty.ts";
export { scaledBy } from "./factor-rules.ts";
export {
  axisPairParam,
  dtypeParam,
  flagParam,
  irParam,
  irsParam,
  numberParam,
  numbersParam,
  pairsParam,
  textParam,
} from "./params.ts";
export { paramsKey } from "./params-key.ts";
export {
  becomes,
  changed,
  mapBodies,
  recorded,
  type Replacement,
  type Rewrite,
  rewriteIr,
  spliced,
} from "./rewrite.ts";
export { simplify } from "./simplify.ts";
