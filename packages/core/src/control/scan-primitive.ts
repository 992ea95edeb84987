import type { Primitive } from "../primitives/primitive.ts";
import { apply } from "../tensor.ts";
import { scanHost } from "./scan-host.ts";
import { scanJvp } from "./scan-jvp.ts";
import { scanLinearize } from "./scan-linearize.ts";
import type { RunScan, ScanParams } from "./scan-params.ts";
import { scanTranspose } from "./scan-transpose.ts";
import { scanVmap } from "./scan-vmap.ts";

const run: RunScan = (inputs, params) => apply(scanP, inputs, params);

/** A loop over the leading axis of sequences that carries state: one body, compiled once. */
export const scanP: Primitive<ScanParams> = {
  name: "scan",
  abstractEval: (_inputs, { body, numCarry, length }) =>
    body.outputs.map(({ aval }, i) =>
      i < numCarry ? aval : { ...aval, shape: [length, ...aval.shape] },
    ),
  evaluate: scanHost,
  jointJvp: (inputs, tangents, params) => scanJvp(run, inputs, tangents, params),
  linearize: (inputs, tangents, params) => scanLinearize(run, inputs, tangents, params),
  transpose: (cotangents, inputs, params) => scanTranspose(run, cotangents, inputs, params),
  vmap: (inputs, batched, params, axis) => scanVmap(run, inputs, batched, params, axis),
};
