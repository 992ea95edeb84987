import {
  type Atom,
  type Eqn,
  type HostArray,
  type HostData,
  type Literal,
  type Var,
  allocate,
  roundToStorage,
  type Shape,
  sizeOf,
  type Params,
  type Primitive,
} from "@adjoint/core/backend";
import type { OnnxDataType } from "../proto/model-record.ts";
import { hostTensor, type HostTensor, type HostTensors, type Session } from "../runtime/session.ts";
import { hasElements } from "./segments.ts";
import type { HostTask, RandomTask } from "./host-tasks.ts";
import { randomOperands, threefry } from "./threefry-kernel.ts";

/** Contents of the names of a program while it runs. */
export type Values = Map<Var, HostData>;

/** Where equations that run on the host find their operands and leave their results. */
export type HostValues = {
  get(variable: Var): HostData | undefined;
  set(variable: Var, data: HostData): unknown;
};

/** The array of a literal. */
export const literalArray = ({ aval, value }: Literal): HostArray => {
  const data = allocate(aval.dtype, 1);
  data[0] = value;
  return { ...aval, data };
};

const arrayOf = (atom: Atom, values: HostValues): HostArray =>
  atom.kind === "literal"
    ? literalArray(atom)
    : {
        ...atom.aval,
        data: values.get(atom) ?? allocate(atom.aval.dtype, sizeOf(atom.aval.shape)),
      };

/** Data of a result; a copy when it is that of an operand, which may be overwritten or freed. */
export const ownData = ({ data }: HostArray, operands: readonly HostArray[]): HostData =>
  operands.some((operand) => operand.data === data) ? data.slice() : data;

/** Computes an operation on the host: with a generated kernel where that pays, else with the reference kernel. */
export const evaluate = (
  primitive: Primitive,
  operands: readonly HostArray[],
  params: Params,
): readonly HostArray[] =>
  (primitive.name === "threefry2x32" ? threefry(operands) : undefined) ??
  primitive.evaluate(operands, params);

const runEquation = ({ primitive, params, inputs, outputs }: Eqn, values: HostValues): void => {
  const operands = inputs.map((a) => arrayOf(a, values));
  const results = evaluate(primitive, operands, params);
  outputs.forEach((v, i) => {
    const result = results[i];
    if (result !== undefined && hasElements(v))
      values.set(v, ownData(roundToStorage(result), operands));
  });
};

const runRandom = ({ inputs, outputs, own, kernel }: RandomTask, values: HostValues): void => {
  const results = outputs.map((v) => own.get(v) ?? allocate(v.aval.dtype, sizeOf(v.aval.shape)));
  kernel(randomOperands(inputs.map((a) => arrayOf(a, values).data)), results);
  outputs.forEach((v, i) => {
    const data = results[i];
    if (data !== undefined) values.set(v, data);
  });
};

/** Runs equations on the host. */
export const runOnHost = (tasks: readonly HostTask[], values: HostValues): void => {
  for (const each of tasks)
    if (each.kind === "random") runRandom(each.task, values);
    else runEquation(each.eqn, values);
};

/** A name of a program, and the name, type and shape it has in a model. */
export type Port = {
  readonly variable: Var;
  readonly name: string;
  readonly type: OnnxDataType;
  readonly shape: Shape;
};

const tensorOf = ({ type, shape }: Port, data: HostData): HostTensor =>
  hostTensor(type, data, shape);

/** Tensors to feed to a session. */
export const feedsOf = (ports: readonly Port[], values: Values): HostTensors => {
  const feeds: Record<string, HostTensor> = {};
  for (const port of ports) {
    const data = values.get(port.variable);
    if (data !== undefined) feeds[port.name] = tensorOf(port, data);
  }
  return feeds;
};

/** Tensors for a session to write to; they become the contents of their names. */
export const fetchesOf = (
  ports: readonly Port[],
  values: Values,
  take: (v: Var) => HostData,
): HostTensors => {
  const fetches: Record<string, HostTensor> = {};
  for (const port of ports) {
    const data = take(port.variable);
    values.set(port.variable, data);
    fetches[port.name] = tensorOf(port, data);
  }
  return fetches;
};

/** Releases a session without waiting. */
export const release = (session: Pick<Session, "release">): void => void session.release();
