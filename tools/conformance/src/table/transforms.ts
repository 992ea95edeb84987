import * as A from "@adjoint/core";
import type { Tensor } from "@adjoint/core";
import { floats, ints, vector } from "../data.ts";
import { example, type Row, row } from "../row.ts";

const layer = (w: Tensor, x: Tensor): Tensor => w.matmul(x).tanh();
const energy = (x: Tensor): Tensor => x.sin().mul(x).sum();

const twiceSquare = A.customJvp(
  (x: Tensor) => x.mul(x),
  ([x], [t]) => [x.mul(x), t.mul(x).mul(2)] as const,
);
const safeLog = A.customVjp(
  (x: Tensor) => x.log(),
  (x: Tensor) => [x.log(), x] as const,
  (x: Tensor, ct: Tensor) => [ct.div(x)] as never,
);

const reverseOnly = {
  order: 0,
  why: "has a rule for reverse mode only; its first derivative is checked below",
} as const;

const rules: readonly Row[] = [
  row(
    "checkpoint",
    ["checkpoint"],
    [
      example("a layer", [floats([2, 3], -1, 1), floats([3], -0.8, 0.8)], (w, x) =>
        A.checkpoint(layer)(w, x),
      ),
      example("with a closure", [floats([2, 3], -1, 1), floats([3], -0.8, 0.8)], (w, x) =>
        A.checkpoint((v: Tensor) => layer(w, v))(x),
      ),
      example("nested", [floats([2])], (x) =>
        A.checkpoint((v: Tensor) => A.checkpoint((u: Tensor) => u.sin().mul(u))(v).exp())(x),
      ),
      example("in its derivative", [floats([3])], (x) =>
        A.grad((v: Tensor) => A.checkpoint((u: Tensor) => u.sin().mul(u))(v).sum())(x),
      ),
    ],
  ),
  row(
    "customJvp",
    ["customJvp"],
    [
      example("square", [floats([3])], (x) => twiceSquare(x)),
      example("in a derivative", [floats([3])], (x) =>
        A.grad((v: Tensor) => twiceSquare(v).sum())(x),
      ),
    ],
  ),
  row(
    "customVjp",
    ["customVjp"],
    [
      example("log", [floats([3], 0.5, 2)], (x) => safeLog(x), reverseOnly),
      example("in a derivative", [floats([3], 0.5, 2)], (x) =>
        A.grad((v: Tensor) => safeLog(v).sum())(x),
      ),
    ],
  ),
];

const derivatives: readonly Row[] = [
  row(
    "grad",
    ["mul", "cos"],
    [
      example("of a sum", [floats([4])], (x) => A.grad(energy)(x)),
      example("of two arguments", [floats([2, 3], -1, 1), floats([3], -0.8, 0.8)], (w, x) =>
        A.grad((a: Tensor, b: Tensor) => layer(a, b).sum(), { argnums: [0, 1] })(w, x),
      ),
      example("of a gradient", [floats([4])], (x) =>
        A.grad((v: Tensor) => A.grad(energy)(v).mul(v).sum())(x),
      ),
    ],
  ),
  row(
    "valueAndGrad",
    ["mul"],
    [example("of a sum", [floats([4])], (x) => A.valueAndGrad(energy)(x))],
  ),
  row(
    "vjp",
    ["dotGeneral"],
    [
      example("a layer", [floats([2, 3], -1, 1), floats([3], -0.8, 0.8)], (w, x) => {
        const [y, pull] = A.vjp(layer, w, x);
        return [y, pull(y)];
      }),
    ],
  ),
  row(
    "jvp",
    ["dotGeneral"],
    [
      example("a layer", [floats([2, 3], -1, 1), floats([3], -0.8, 0.8)], (w, x) =>
        A.jvp(layer, [w, x], [w, x]),
      ),
    ],
  ),
  row(
    "linearize",
    ["dotGeneral"],
    [
      example("a layer", [floats([2, 3], -1, 1), floats([3], -0.8, 0.8)], (w, x) => {
        const [y, push] = A.linearize(layer, w, x);
        return [y, push(w, x)];
      }),
    ],
  ),
  row(
    "jacfwd",
    ["mul"],
    [
      example("vector to vector", [floats([3])], (x) =>
        A.jacfwd((v: Tensor) => v.sin().mul(v.sum()))(x),
      ),
    ],
  ),
  row(
    "jacrev",
    ["mul"],
    [
      example("vector to vector", [floats([3])], (x) =>
        A.jacrev((v: Tensor) => v.sin().mul(v.sum()))(x),
      ),
    ],
  ),
  row(
    "hessian",
    ["mul"],
    [
      example("of a sum", [floats([3])], (x) =>
        A.hessian((v: Tensor) => v.sin().sum().mul(v.sum()))(x),
      ),
    ],
  ),
  row(
    "hvp",
    ["mul"],
    [example("of a sum", [floats([3]), floats([3], 0, 1)], (x, t) => A.hvp(energy, [x], [t]))],
  ),
  row(
    "jit",
    ["sin"],
    [example("inside", [floats([3])], (x) => A.jit((v: Tensor) => v.sin().mul(v))(x).sum())],
  ),
];

const mapped: readonly Row[] = [
  row(
    "vmap",
    ["dotGeneral"],
    [
      example("a layer over rows", [floats([2, 3]), floats([4, 3])], (w, xs) =>
        A.vmap(layer, { inAxes: [null, 0] })(w, xs),
      ),
      example("other axes", [floats([2, 3, 4]), floats([3, 4])], (w, xs) =>
        A.vmap(layer, { inAxes: [2, 1], outAxes: 1 })(w, xs),
      ),
      example("of a gradient", [floats([4, 3])], (xs) => A.vmap(A.grad(energy))(xs)),
      example("nested", [floats([2, 3])], (xs) =>
        A.vmap(A.vmap((x: Tensor) => x.sin().mul(x)))(xs),
      ),
      example("no examples", [floats([0, 3])], (xs) => A.vmap(energy)(xs)),
    ],
  ),
  row(
    "psum",
    ["sum"],
    [
      example("shares", [floats([4], 1, 2)], (xs) =>
        A.vmap((x: Tensor) => x.div(A.psum(x, "n")), { axisName: "n" })(xs),
      ),
      example("of a gradient", [floats([4], 1, 2)], (xs) =>
        A.vmap((x: Tensor) => A.grad((v: Tensor) => v.mul(A.psum(v, "n")).sin())(x), {
          axisName: "n",
        })(xs),
      ),
    ],
  ),
  row(
    "pmean",
    ["sum"],
    [
      example("centred", [floats([4, 2])], (xs) =>
        A.vmap((x: Tensor) => x.sub(A.pmean(x, "n")), { axisName: "n" })(xs),
      ),
    ],
  ),
  row(
    "pmax",
    ["reduceMax"],
    [
      example("of all", [ints([4])], (xs) =>
        A.vmap((x: Tensor) => A.pmax(x, "n"), { axisName: "n" })(xs),
      ),
    ],
  ),
  row(
    "axisIndex",
    ["iota"],
    [
      example(
        "added",
        [vector("int32", [5, 5, 5])],
        (xs) => A.vmap((x: Tensor) => x.add(A.axisIndex("n")), { axisName: "n" })(xs),
        { expected: [5, 6, 7] },
      ),
    ],
  ),
];

/** Transforms as parts of programs. */
export const transforms: readonly Row[] = [...rules, ...derivatives, ...mapped];
