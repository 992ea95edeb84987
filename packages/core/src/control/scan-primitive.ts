import { ArgumentError } from "../errors.ts";
import { allocate, type HostArray } from "../host-array.ts";
import { evaluateIr } from "../ir/evaluate-ir.ts";
import type { Aval } from "../ir/aval.ts";
import type { Ir, Var } from "../ir/ir.ts";
import { traceFlat } from "../ir/trace-flat.ts";
import type { Dual, MappedAxis, Primitive, Tangent, TransposeInput } from "../primitives/primitive.ts";
import { sizeOf } from "../shape.ts";
import { apply, type Tensor } from "../tensor.ts";
import { evalBatched, withBatchAxis } from "../transforms/eval-batched.ts";
import { evalJvp } from "../transforms/eval-jvp.ts";
import { evalLinear, linearizeIr, type LinearProgram, transposeLinear, zerosOf } from "../transforms/linear-program.ts";

/**
 * Parameters of `scan`. Inputs are constants, carry, then sequences whose leading axis has `length`;
 * `body` takes constants, carry and one element of each sequence, and gives the carry and one element of each output.
 */
export type ScanParams = {
  readonly body: Ir;
  readonly numConsts: number;
  readonly numCarry: number;
  readonly length: number;
  /** Whether it runs from the last element to the first. */
  readonly reverse: boolean;
};

/** A list cut into constants, carry and sequences. */
type Parts<T> = { readonly consts: readonly T[]; readonly carry: readonly T[]; readonly xs: readonly T[] };

const cut = <T>(list: readonly T[], { numConsts, numCarry }: ScanParams): Parts<T> => ({
  consts: list.slice(0, numConsts),
  carry: list.slice(numConsts, numConsts + numCarry),
  xs: list.slice(numConsts + numCarry),
});

const avalsOf = (list: readonly { readonly aval: Aval }[]): readonly Aval[] => list.map((v) => v.aval);

const rowOf = (array: HostArray, i: number): HostArray => {
  const shape = array.shape.slice(1);
  const n = sizeOf(shape);
  return { shape, dtype: array.dtype, data: array.data.subarray(i * n, (i + 1) * n) };
};

const scanHost = (inputs: readonly HostArray[], params: ScanParams): readonly HostArray[] => {
  const { body, numCarry, length, reverse } = params;
  const { consts, carry: init, xs } = cut(inputs, params);
  const ys = body.outputs.slice(numCarry).map(({ aval }) => ({
    shape: [length, ...aval.shape],
    dtype: aval.dtype,
    data: allocate(aval.dtype, length * sizeOf(aval.shape)),
  }));
  let carry = init;
  for (let n = 0; n < length; n++) {
    const i = reverse ? length - 1 - n : n;
    const results = evaluateIr(body, [...consts, ...carry, ...xs.map((x) => rowOf(x, i))]);
    carry = results.slice(0, numCarry);
    ys.forEach((y, k) => y.data.set(results[numCarry + k]?.data ?? [], i * sizeOf(y.shape.slice(1))));
  }
  return [...carry, ...ys];
};

/** Repeats `next` on flags that only ever turn on, until nothing changes. */
const fixpoint = (start: readonly boolean[], next: (flags: readonly boolean[]) => readonly boolean[]): readonly boolean[] => {
  const wider = next(start).map((flag, i) => flag || start[i] === true);
  return wider.every((flag, i) => flag === start[i]) ? start : fixpoint(wider, next);
};

const isSet = (tangents: readonly Tangent[]): readonly boolean[] => tangents.map((t) => t !== null);
const where = <T>(list: readonly T[], flags: readonly boolean[]): readonly T[] => list.filter((_, i) => flags[i] === true);

/** Puts the chosen elements back at their places, null elsewhere. */
const scatterBack = <T>(list: readonly T[], flags: readonly boolean[]): readonly (T | null)[] => {
  let next = 0;
  return flags.map((flag) => (flag ? (list[next++] ?? null) : null));
};

const filled = (t: Tangent | undefined, aval: Aval): Tensor => t ?? zerosOf(aval);

// ---- forward mode: one scan over values and tangents together

const carryActivity = (params: ScanParams, active: Parts<boolean>): readonly boolean[] => {
  const { body, numCarry } = params;
  return fixpoint(active.carry, (carry) => {
    const flags = [...active.consts, ...carry, ...active.xs];
    let out: readonly boolean[] = [];
    traceFlat([...avalsOf(body.inputs), ...where(avalsOf(body.inputs), flags)], (inputs) => {
      const n = body.inputs.length;
      const dual = evalJvp(body, inputs.slice(0, n), scatterBack(inputs.slice(n), flags), "jvp");
      out = isSet(dual.tangents);
      return dual.outputs;
    });
    return out.slice(0, numCarry);
  });
};

type Activity = { readonly parts: Parts<boolean>; readonly carry: readonly boolean[]; readonly flags: readonly boolean[] };

const activityOf = (tangents: readonly Tangent[], params: ScanParams): Activity => {
  const parts = cut(isSet(tangents), params);
  const carry = carryActivity(params, parts);
  return { parts, carry, flags: [...parts.consts, ...carry, ...parts.xs] };
};

/** Tangents of the inputs the scan must carry, zeros made real where the body needs them. */
const seeds = (inputs: readonly Tensor[], tangents: readonly Tangent[], flags: readonly boolean[]): readonly Tangent[] =>
  inputs.map((x, i) => (flags[i] === true ? filled(tangents[i], x.aval) : null));

const present = (list: readonly Tangent[]): readonly Tensor[] => list.filter((t) => t !== null);

const jointBody = (params: ScanParams, { parts, carry }: Activity, ysActive: readonly boolean[]): Ir => {
  const { body, numCarry } = params;
  const own = cut(avalsOf(body.inputs), params);
  const avals = [
    ...own.consts, ...where(own.consts, parts.consts),
    ...own.carry, ...where(own.carry, carry),
    ...own.xs, ...where(own.xs, parts.xs),
  ];
  return traceFlat(avals, (inputs) => {
    let next = 0;
    const takeGroup = (group: readonly Aval[], flags: readonly boolean[]) => {
      const values = inputs.slice(next, next + group.length);
      const slopes = inputs.slice(next + group.length, next + group.length + where(group, flags).length);
      next += values.length + slopes.length;
      return { values, slopes: scatterBack(slopes, flags) };
    };
    const groups = [takeGroup(own.consts, parts.consts), takeGroup(own.carry, carry), takeGroup(own.xs, parts.xs)];
    const dual = evalJvp(body, groups.flatMap((g) => g.values), groups.flatMap((g) => g.slopes), "jvp");
    const slopes = dual.outputs.map((y, i) => filled(dual.tangents[i], y.aval));
    return [
      ...dual.outputs.slice(0, numCarry), ...where(slopes.slice(0, numCarry), carry),
      ...dual.outputs.slice(numCarry), ...where(slopes.slice(numCarry), ysActive),
    ];
  });
};

/** Every float output of the body gets a tangent, so that one rule serves all. */
const floatOutputs = (params: ScanParams): readonly boolean[] =>
  params.body.outputs.slice(params.numCarry).map((a) => a.aval.dtype.includes("float"));

const jointJvp = (inputs: readonly Tensor[], tangents: readonly Tangent[], params: ScanParams): Dual => {
  const activity = activityOf(tangents, params);
  const ysActive = floatOutputs(params);
  const slopes = cut(seeds(inputs, tangents, activity.flags), params);
  const own = cut(inputs, params);
  const numActive = where(activity.carry, activity.carry).length;
  const results = apply(
    scanP,
    [...own.consts, ...present(slopes.consts), ...own.carry, ...present(slopes.carry), ...own.xs, ...present(slopes.xs)],
    {
      ...params,
      body: jointBody(params, activity, ysActive),
      numConsts: params.numConsts + present(slopes.consts).length,
      numCarry: params.numCarry + numActive,
    },
  );
  const ys = results.slice(params.numCarry + numActive);
  const n = ysActive.length;
  return {
    outputs: [...results.slice(0, params.numCarry), ...ys.slice(0, n)],
    tangents: [
      ...scatterBack(results.slice(params.numCarry, params.numCarry + numActive), activity.carry),
      ...scatterBack(ys.slice(n), ysActive),
    ],
  };
};

// ---- reverse mode: a scan that also stacks residuals, and a linear scan that reads them

/** Where the linear body finds one of its residuals. */
type Residual = { readonly kind: "const"; readonly input: number } | { readonly kind: "stacked"; readonly index: number };

type Halves = {
  readonly known: Ir;
  readonly linear: Ir;
  readonly residuals: readonly Residual[];
};

const linearizeBody = (params: ScanParams, { parts, carry, flags }: Activity): Halves => {
  const { body, numConsts } = params;
  const own = cut(avalsOf(body.inputs), params);
  const residuals: Residual[] = [];
  const residualAvals: Aval[] = [];
  let found: LinearProgram | undefined;
  const known = traceFlat(avalsOf(body.inputs), (inputs) => {
    const { outputs, program } = linearizeIr(body, inputs, flags);
    found = program;
    const extra: Tensor[] = [];
    for (const { value } of program.captures) {
      const place = inputs.indexOf(value);
      const isConst = place >= 0 && place < numConsts;
      residuals.push(isConst ? { kind: "const", input: place } : { kind: "stacked", index: extra.length });
      residualAvals.push(value.aval);
      if (!isConst) extra.push(value);
    }
    return [...outputs, ...extra];
  });
  const program = found;
  if (program === undefined) throw new ArgumentError({ operation: "scan", rule: "the body was not traced" });
  const constant = residuals.map((r) => r.kind === "const");
  const stacked = constant.map((c) => !c);
  const avals = [
    ...where(residualAvals, constant), ...where(own.consts, parts.consts),
    ...where(own.carry, carry),
    ...where(residualAvals, stacked), ...where(own.xs, parts.xs),
  ];
  const linear = traceFlat(avals, (inputs) => runLinearBody(program, inputs, { constant, stacked }, params, { parts, carry, flags }));
  return { known, linear, residuals };
};

type Which = { readonly constant: readonly boolean[]; readonly stacked: readonly boolean[] };

const runLinearBody = (
  program: LinearProgram,
  inputs: readonly Tensor[],
  { constant, stacked }: Which,
  { body, numCarry }: ScanParams,
  { parts, carry }: Activity,
): readonly Tensor[] => {
  let next = 0;
  const count = (flags: readonly boolean[]): number => flags.filter(Boolean).length;
  const takeNext = (n: number): readonly Tensor[] => inputs.slice(next, (next += n));
  const constResiduals = takeNext(count(constant));
  const consts = takeNext(count(parts.consts));
  const carryTangents = takeNext(count(carry));
  const stackedResiduals = takeNext(count(stacked));
  const xs = takeNext(count(parts.xs));
  const fromConst = scatterBack(constResiduals, constant);
  const fromStack = scatterBack(stackedResiduals, stacked);
  const captures = program.captures.map(({ variable, value }, i) => ({ variable, value: fromConst[i] ?? fromStack[i] ?? value }));
  const tangents = evalLinear({ ...program, captures }, [...consts, ...carryTangents, ...xs]);
  const outputs = tangents.map((t, i) => filled(t, body.outputs[i]?.aval ?? { shape: [], dtype: "float32" }));
  const ysFloat = body.outputs.slice(numCarry).map((a) => a.aval.dtype.includes("float"));
  return [...where(outputs.slice(0, numCarry), carry), ...where(outputs.slice(numCarry), ysFloat)];
};

const linearizeScan = (inputs: readonly Tensor[], tangents: readonly Tangent[], params: ScanParams): Dual => {
  const activity = activityOf(tangents, params);
  const { known, linear, residuals } = linearizeBody(params, activity);
  const results = apply(scanP, inputs, { ...params, body: known });
  const n = params.body.outputs.length;
  const [outputs, stacks] = [results.slice(0, n), results.slice(n)];
  const constant = residuals.flatMap((r) => (r.kind === "const" ? (inputs[r.input] ?? []) : []));
  const stacked = residuals.flatMap((r) => (r.kind === "stacked" ? (stacks[r.index] ?? []) : []));
  const slopes = cut(seeds(inputs, tangents, activity.flags), params);
  const [consts, carry, xs] = [present(slopes.consts), present(slopes.carry), present(slopes.xs)];
  const linearParams = { ...params, body: linear, numConsts: constant.length + consts.length, numCarry: carry.length };
  const out = apply(scanP, [...constant, ...consts, ...carry, ...stacked, ...xs], linearParams);
  return {
    outputs,
    tangents: [
      ...scatterBack(out.slice(0, carry.length), activity.carry),
      ...scatterBack(out.slice(carry.length), floatOutputs(params)),
    ],
  };
};

// ---- transpose of a linear scan: runs the other way, summing cotangents of constants in its carry

const transposeScan = (cotangents: readonly Tangent[], inputs: readonly TransposeInput[], params: ScanParams): readonly Tangent[] => {
  const { body, numCarry, length } = params;
  // a tangent carry that starts at a known value starts at zero: linear all the same, only nobody asks for its cotangent
  const linear = inputs.map((input, i) => input.linear || (i >= params.numConsts && i < params.numConsts + numCarry));
  const lin = cut(linear, params);
  const vars = cut(body.inputs, params);
  const values = inputs.map((input) => (input.linear ? null : input.value));
  const own = cut(values, params);
  const ctYs = body.outputs.slice(numCarry).map((a, i) => filled(cotangents[numCarry + i], { ...a.aval, shape: [length, ...a.aval.shape] }));
  const ctCarry = body.outputs.slice(0, numCarry).map((a, i) => filled(cotangents[i], a.aval));
  const sums = where(vars.consts, lin.consts).map((v) => zerosOf(v.aval));
  const knownConsts = present(own.consts);
  const knownXs = present(own.xs);
  const backward = transposedBody(params, linear);
  const results = apply(scanP, [...knownConsts, ...ctCarry, ...sums, ...knownXs, ...ctYs], {
    body: backward,
    numConsts: knownConsts.length,
    numCarry: numCarry + sums.length,
    length,
    reverse: !params.reverse,
  });
  const carryOut = results.slice(0, numCarry);
  const constsOut = results.slice(numCarry, numCarry + sums.length);
  return [...scatterBack(constsOut, lin.consts), ...carryOut, ...scatterBack(results.slice(numCarry + sums.length), lin.xs)];
};

const transposedBody = (params: ScanParams, linear: readonly boolean[]): Ir => {
  const { body, numCarry } = params;
  const vars = cut(body.inputs, params);
  const lin = cut(linear, params);
  const known = { consts: where(vars.consts, lin.consts.map((l) => !l)), xs: where(vars.xs, lin.xs.map((l) => !l)) };
  const sumVars = where(vars.consts, lin.consts);
  const avals = [
    ...avalsOf(known.consts), ...avalsOf(vars.carry), ...avalsOf(sumVars),
    ...avalsOf(known.xs), ...body.outputs.slice(numCarry).map((a) => a.aval),
  ];
  return traceFlat(avals, (inputs) => {
    let next = 0;
    const takeNext = (n: number): readonly Tensor[] => inputs.slice(next, (next += n));
    const consts = takeNext(known.consts.length);
    const ctCarry = takeNext(numCarry);
    const sums = takeNext(sumVars.length);
    const xs = takeNext(known.xs.length);
    const ctYs = takeNext(body.outputs.length - numCarry);
    const values = new Map<Var, Tensor>();
    known.consts.forEach((v, i) => setValue(values, v, consts[i]));
    known.xs.forEach((v, i) => setValue(values, v, xs[i]));
    const cts = cut(transposeLinear(body, [...ctCarry, ...ctYs], values), params);
    const added = where(cts.consts, lin.consts).map((ct, i) => add(sums[i], ct));
    const carry = cts.carry.map((ct, i) => filled(ct, vars.carry[i]?.aval ?? { shape: [], dtype: "float32" }));
    const outXs = where(cts.xs, lin.xs).map((ct, i) => filled(ct, where(vars.xs, lin.xs)[i]?.aval ?? { shape: [], dtype: "float32" }));
    return [...carry, ...added, ...outXs];
  });
};

const setValue = (values: Map<Var, Tensor>, variable: Var, value: Tensor | undefined): void => {
  if (value) values.set(variable, value);
};

const add = (sum: Tensor | undefined, ct: Tangent): Tensor => {
  if (sum === undefined) throw new ArgumentError({ operation: "scan", rule: "a cotangent sum is missing" });
  return ct === null ? sum : sum.add(ct);
};

// ---- batching

const vmapScan = (inputs: readonly Tensor[], batched: readonly boolean[], params: ScanParams, axis: MappedAxis) => {
  const { body, numCarry } = params;
  const flags = cut(batched, params);
  const perExample = avalsOf(body.inputs);
  const widened = (on: readonly boolean[]): readonly Aval[] =>
    perExample.map((aval, i) => (on[i] === true ? { ...aval, shape: [axis.size, ...aval.shape] } : aval));
  let outFlags: readonly boolean[] = [];
  const trace = (carry: readonly boolean[], force: boolean): Ir => {
    const on = [...flags.consts, ...carry, ...flags.xs];
    return traceFlat(widened(on), (xs) => {
      const result = evalBatched(body, xs, on, axis);
      outFlags = result.batched;
      return result.outputs.map((y, i) => {
        const must = force && i < numCarry && carry[i] === true;
        return must ? withBatchAxis(y, result.batched[i] === true, axis) : y;
      });
    });
  };
  const carry = fixpoint(flags.carry, (on) => {
    trace(on, false);
    return outFlags.slice(0, numCarry);
  });
  const newBody = trace(carry, true);
  const ysBatched = outFlags.slice(numCarry);
  const own = cut(inputs, params);
  const results = apply(
    scanP,
    [
      ...own.consts,
      ...own.carry.map((x, i) => (carry[i] === true ? withBatchAxis(x, flags.carry[i] === true, axis) : x)),
      ...own.xs.map((x, i) => (flags.xs[i] === true ? swapFront(x) : x)), // (B, L, ...) -> (L, B, ...)
    ],
    { ...params, body: newBody },
  );
  const ys = results.slice(numCarry).map((y, i) => (ysBatched[i] === true ? swapFront(y) : y));
  return { outputs: [...results.slice(0, numCarry), ...ys], batched: [...carry, ...ysBatched] };
};

const swapFront = (x: Tensor): Tensor => x.transpose([1, 0, ...x.shape.slice(2).map((_, i) => i + 2)]);

/** A loop over the leading axis of sequences that carries state: one body, compiled once. */
export const scanP: Primitive<ScanParams> = {
  name: "scan",
  abstractEval: (_inputs, { body, numCarry, length }) =>
    body.outputs.map(({ aval }, i) => (i < numCarry ? aval : { ...aval, shape: [length, ...aval.shape] })),
  evaluate: scanHost,
  jointJvp,
  linearize: linearizeScan,
  transpose: transposeScan,
  vmap: vmapScan,
};
