import { fromIndexed, map, pipe } from "@adjoint/data";

export const dataset = pipe(
  fromIndexed(200, (i) => i, { key: 3 }),
  map((i) => ({ i, data: Float32Array.of(i / 2) })),
);
