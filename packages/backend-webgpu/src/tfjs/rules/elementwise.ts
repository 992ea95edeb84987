import { exactOnly, forDTypes, one, type Rule, type RuleTable, tensorsOf, two } from "./rule.ts";

const float = ["float32"];
const numbers = ["float32", "int32"];
const any = ["float32", "int32", "bool"];

const unary = (kernel: string): Rule =>
  forDTypes(
    float,
    one((scope, x) => scope.apply(kernel, x)),
  );

const binary = (kernel: string, dtypes: readonly string[] = float): Rule =>
  forDTypes(
    dtypes,
    two((scope, a, b) => scope.pair(kernel, a, b)),
  );

const same: Rule = one((scope, x) => scope.apply("Identity", x));

/** Without the kernel Abs, whose result on the CPU is counted by the engine of TensorFlow.js. */
const abs: Rule = exactOnly(
  forDTypes(
    float,
    one((scope, x) => scope.pair("Maximum", x, scope.apply("Neg", x))),
  ),
);

const where: Rule = (scope, call) => {
  const [condition, t, e] = tensorsOf(call).map((x) => scope.broadcast(x, call.aval.shape));
  if (condition === undefined || t === undefined || e === undefined) return undefined;
  return scope.run("Select", { condition, t, e });
};

/**
 * Between float32, int32 and bool, floats to integers aside: those saturate here and wrap there. The kernel Cast gives the words of
 * a bool another name where they should become floats, which some shaders do not notice.
 */
const cast: Rule = one((scope, x, { engine, aval: { dtype, shape } }) => {
  if (dtype === x.dtype) return scope.apply("Identity", x);
  if (dtype === "int32" && x.dtype === "float32") return undefined;
  if (dtype === "float32" && x.dtype === "bool") {
    const [t, e] = [1, 0].map((value) => scope.broadcast(scope.scalar(value, dtype), shape));
    return t && e && scope.run("Select", { condition: x, t, e });
  }
  return engine.name === "cpu" ? scope.apply("Cast", x, { dtype }) : undefined;
});

/** Powers that are a product or two, rounded as the products are. */
const integerPow: Rule = forDTypes(
  float,
  one((scope, x, { params }) => {
    if (params["exponent"] === 1) return scope.apply("Identity", x);
    return params["exponent"] === 2 ? scope.pair("Multiply", x, x) : undefined;
  }),
);

/**
 * Operations on single elements. On the host, because TensorFlow.js means something else: sign and round (of NaN and -0), rem (its
 * Mod follows the divisor), pow (of 1 and NaN), erf (seven digits), integer products and quotients (overflow), shifts.
 */
export const elementwiseRules: RuleTable = {
  neg: unary("Neg"),
  abs,
  floor: unary("Floor"),
  ceil: unary("Ceil"),
  sqrt: unary("Sqrt"),
  exp: exactOnly(unary("Exp")),
  log: exactOnly(unary("Log")),
  rsqrt: exactOnly(unary("Rsqrt")),
  tanh: exactOnly(unary("Tanh")),
  logistic: exactOnly(unary("Sigmoid")),
  expm1: exactOnly(unary("Expm1")),
  log1p: exactOnly(unary("Log1p")),
  sin: exactOnly(unary("Sin")),
  cos: exactOnly(unary("Cos")),
  tan: exactOnly(unary("Tan")),
  asin: exactOnly(unary("Asin")),
  acos: exactOnly(unary("Acos")),
  atan: exactOnly(unary("Atan")),
  sinh: exactOnly(unary("Sinh")),
  cosh: exactOnly(unary("Cosh")),
  asinh: exactOnly(unary("Asinh")),
  acosh: exactOnly(unary("Acosh")),
  atanh: exactOnly(unary("Atanh")),
  isFinite: exactOnly(unary("IsFinite")),
  integerPow,

  add: binary("Add", numbers),
  sub: binary("Sub", numbers),
  mul: binary("Multiply"),
  div: binary("RealDiv"),
  max: exactOnly(binary("Maximum", numbers)),
  min: exactOnly(binary("Minimum", numbers)),
  atan2: exactOnly(binary("Atan2")),
  equal: binary("Equal", any),
  notEqual: exactOnly(binary("NotEqual", any)),
  less: binary("Less", any),
  lessEqual: binary("LessEqual", any),
  greater: binary("Greater", any),
  greaterEqual: binary("GreaterEqual", any),
  and: binary("LogicalAnd", ["bool"]),
  or: binary("LogicalOr", ["bool"]),
  not: forDTypes(
    ["bool"],
    one((scope, x) => scope.apply("LogicalNot", x)),
  ),

  where,
  cast,
  stopGradient: same,
  barrier: same,
};
