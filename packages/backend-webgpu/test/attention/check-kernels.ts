import { expect } from "vitest";
import { attentionBackwardKeys } from "../../src/attention/attention-backward-keys.ts";
import { attentionBackwardQueries } from "../../src/attention/attention-backward-queries.ts";
import { attentionDelta } from "../../src/attention/attention-delta.ts";
import { attentionForward } from "../../src/attention/attention-forward.ts";
import {
  type AttentionSpec,
  type AttentionDevice,
  wholeView,
} from "../../src/attention/attention-spec.ts";
import type { Kernel } from "../../src/kernel/kernel.ts";
import { runKernel, type Words } from "../support/run-kernel.ts";
import { type Case, operandsOf, reference } from "./reference.ts";

/** The spec of a case over contiguous arrays named by their part. */
export const specOf = (c: Case): AttentionSpec => {
  const { heads, kvHeads, queryLength: t, keyLength: s, headSize: d, valueSize: e } = c;
  const whole = [heads * t * s, t * s, s, 1] as const;
  return {
    ...c,
    views: {
      q: wholeView("q", heads, t, d),
      k: wholeView("k", kvHeads, s, d),
      v: wholeView("v", kvHeads, s, e),
      y: wholeView("y", heads, t, e),
      dy: wholeView("dy", heads, t, e),
      dq: wholeView("dq", heads, t, d),
      dk: wholeView("dk", kvHeads, s, d),
      dv: wholeView("dv", kvHeads, s, e),
    },
    ...(c.masked === undefined
      ? {}
      : { mask: { name: "mask", offset: 0, strides: c.masked === "rows" ? [0, 0, s, 1] : whole } }),
    ...(c.biased === undefined
      ? {}
      : {
          bias: {
            name: "bias",
            offset: 0,
            strides: c.biased === "keys" ? [0, 0, 0, 1] : whole,
            half: false,
          },
        }),
    ...(c.rate === undefined
      ? {}
      : { dropout: { rate: c.rate, name: "key", groups: c.groups ?? 1 } }),
  };
};

/** Runs a kernel on arrays by name, and puts back what it wrote. */
export const runOn = async (
  device: GPUDevice,
  kernel: Kernel,
  arrays: Record<string, Words>,
): Promise<void> => {
  const given = kernel.operands.map(({ name }) => arrays[name]!);
  const result = await runKernel(device, kernel, given);
  kernel.operands.forEach(({ name, access }, i) => {
    if (access !== "read") arrays[name] = new Float32Array(result.arrays[i]!);
  });
};

/** The four kernels, in order. */
export const kernelsOf = (spec: AttentionSpec, profile: AttentionDevice): readonly Kernel[] => [
  attentionForward(spec, profile),
  attentionDelta(spec),
  attentionBackwardQueries(spec, profile),
  attentionBackwardKeys(spec, profile),
];

/** Sums of `float32` products differ from those in double precision by a few units of the largest. */
export const expectNear = (got: Words, wanted: Float64Array, what: string): void => {
  const scale = Math.max(1, ...[...wanted].filter(Number.isFinite).map(Math.abs));
  const worst = wanted.reduce(
    (n, x, i) => Math.max(n, Object.is(x, got[i]) ? 0 : Math.abs(x - got[i]!)),
    0,
  );
  expect(worst / scale, what).toBeLessThan(2e-6);
};

/** Value, log-sum-exp and cotangents of a case against double precision. */
export const checkCase = async (
  device: GPUDevice,
  profile: AttentionDevice,
  c: Case,
): Promise<void> => {
  const operands = operandsOf(c);
  const wanted = reference(c, operands);
  const unset = (n: number): Words => new Float32Array(n).fill(Number.NaN);
  const arrays: Record<string, Words> = {
    ...operands,
    y: unset(wanted.y.length),
    lse: unset(wanted.lse.length),
    statistics: unset(2 * wanted.lse.length),
    dq: unset(wanted.dq.length),
    dk: unset(wanted.dk.length),
    dv: unset(wanted.dv.length),
  };
  for (const kernel of kernelsOf(specOf(c), profile)) await runOn(device, kernel, arrays);
  for (const name of ["y", "lse", "dq", "dk", "dv"] as const)
    expectNear(arrays[name]!, wanted[name], name);
};
