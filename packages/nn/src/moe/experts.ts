import { ShapeError, type Tensor, vmap } from "@adjoint/core";
import { type Key, split, splitTuple } from "@adjoint/core/random";
import type { Activation } from "../activations/gelu.ts";
import type { Initializer } from "../init/initializer.ts";
import { lecunNormal } from "../init/variance-scaling.ts";

/** Kernels of E equal MLPs: up and gate (E, C, hidden), down (E, hidden, C). Without a gate: down(act(up x)). */
export type ExpertParams = { readonly gate?: Tensor; readonly up: Tensor; readonly down: Tensor };

type Sizes = {
  readonly nExpert: number;
  readonly nEmbd: number;
  readonly hidden: number;
  readonly gated: boolean;
  readonly kernelInit?: Initializer | undefined;
  readonly outputInit?: Initializer | undefined;
};

/** Kernels of every expert, each from a key of its own. */
export const initExperts = (key: Key, sizes: Sizes): ExpertParams => {
  const { nExpert, nEmbd, hidden, kernelInit = lecunNormal, outputInit = kernelInit } = sizes;
  const [forGate, forUp, forDown] = splitTuple(key, 3);
  const each = (own: Key, init: Initializer, shape: readonly number[]): Tensor =>
    vmap((k: Key) => init(k, shape))(split(own, nExpert));
  const plain = {
    up: each(forUp, kernelInit, [nEmbd, hidden]),
    down: each(forDown, outputInit, [hidden, nEmbd]),
  };
  return sizes.gated ? { gate: each(forGate, kernelInit, [nEmbd, hidden]), ...plain } : plain;
};

/** Rows of G groups (G, n, C) through the group's own kernels (G, ...): (G, n, C). */
export const applyExperts = (
  { gate, up, down }: ExpertParams,
  x: Tensor,
  act: Activation,
): Tensor => {
  const h = x.matmul(up);
  return (gate === undefined ? act(h) : act(x.matmul(gate)).mul(h)).matmul(down);
};

/** Throws ShapeError with the path of a kernel that does not fit x (..., C); the number of experts. */
export const checkExperts = (
  { gate, up, down }: ExpertParams,
  router: Tensor,
  width: number,
): number => {
  const [count, , hidden] = up.shape;
  const expected: readonly (readonly [string, Tensor, readonly unknown[]])[] = [
    ["router.kernel", router, [width, count]],
    ["experts.up", up, [count, width, hidden]],
    ["experts.down", down, [count, hidden, width]],
    ...(gate === undefined ? [] : [["experts.gate", gate, [count, width, hidden]] as const]),
  ];
  for (const [path, kernel, shape] of expected)
    if (kernel.shape.join() !== shape.join())
      throw new ShapeError({
        operation: "moe",
        rule: `${path} must be [${shape.join()}]`,
        got: `[${kernel.shape.join()}]`,
      });
  return count ?? 1;
};
