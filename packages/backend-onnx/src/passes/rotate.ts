import { allocate, at, BackendError, type HostArray, type Primitive } from "@adjoint/core/backend";

const three = <T>(list: readonly T[]): readonly [T, T, T] => {
  const [x, cos, sin] = list;
  if (x !== undefined && cos !== undefined && sin !== undefined) return [x, cos, sin];
  throw new BackendError({ operation: "rotate", rule: "takes x, cosines and sines" });
};

const onHost = (x: HostArray, cos: HostArray, sin: HostArray): HostArray => {
  const [batch = 0, heads = 0, length = 0, size = 0] = x.shape;
  const half = size / 2;
  const data = allocate(x.dtype, x.data.length);
  for (let b = 0; b < batch; b++)
    for (let h = 0; h < heads; h++)
      for (let t = 0; t < length; t++)
        for (let i = 0; i < half; i++) {
          const place = ((b * heads + h) * length + t) * size + i;
          const angle = (b * length + t) * half + i;
          const [p, q, c, s] = [
            at(x.data, place),
            at(x.data, place + half),
            at(cos.data, angle),
            at(sin.data, angle),
          ];
          data[place] = p * c - q * s;
          data[place + half] = q * c + p * s;
        }
  return { ...x, data };
};

/**
 * Pairs of elements i and i + D / 2 of x (B, H, T, D), turned by angles whose cosines and sines are (B, T, D / 2): what
 * `markRotations` makes of rotary positions, and ONNX has one operator for. Programs have been transformed before.
 */
export const rotateP: Primitive = {
  name: "rotate",
  abstractEval: (inputs) => [three(inputs)[0]],
  evaluate: (inputs) => [onHost(...three(inputs))],
  vmap: () => {
    throw new BackendError({ operation: "rotate", rule: "is made after every transform" });
  },
};
