import { Tensor } from "@adjoint/core";

/** Sound where a tree was rebuilt from the structure of a value of type `T`. */
export const trusted = <T>(value: unknown): T => value as T;

/** Whether a leaf is a tensor. */
export const isTensor = (value: unknown): value is Tensor => value instanceof Tensor;
