import { fromIndexed, map, pipe, serveDataset } from "@adjoint/data";

serveDataset(
  pipe(
    fromIndexed(50, (i) => i, { key: 5 }),
    map((i) => ({ i, data: Float32Array.of(i / 2) })),
  ),
);
