import { allocate, at, type Aval, BackendError, type Primitive } from "@adjoint/core/backend";

const two = <T>(list: readonly T[]): readonly [T, T] => {
  const [x, parts] = list;
  if (x !== undefined && parts !== undefined) return [x, parts];
  throw new BackendError({ operation: "rowProduct", rule: "takes a row and a matrix in parts" });
};

/** (..., N), with the leading axes of the row. */
const typeOf = (x: Aval, parts: Aval): Aval => ({
  shape: [...x.shape.slice(0, -1), parts.shape[2] ?? 0],
  dtype: x.dtype,
});

/**
 * The product of one row x (1, ..., 1, K) with a matrix that is given in parts of its rows (P, K / P, N), what `splitRowProducts` makes of
 * products: each thread reads parts from end to end, and their results are added up. Programs have been transformed before.
 */
export const rowProductP: Primitive = {
  name: "rowProduct",
  abstractEval: (inputs) => [typeOf(...two(inputs))],
  evaluate: (inputs) => {
    const [x, parts] = two(inputs);
    const type = typeOf(x, parts);
    const columns = parts.shape[2] ?? 0;
    const data = allocate(type.dtype, columns);
    for (let i = 0; i < x.data.length; i++)
      for (let j = 0; j < columns; j++)
        data[j] = at(data, j) + at(x.data, i) * at(parts.data, i * columns + j);
    return [{ ...type, data }];
  },
  vmap: () => {
    throw new BackendError({ operation: "rowProduct", rule: "is made after every transform" });
  },
};
