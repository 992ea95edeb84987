import { type Atom, dim, type Eqn, type Shape, sizeOf } from "@adjoint/core/backend";
import { flagParam, numberParam } from "@adjoint/core/passes";
import { attentionBackwardKeys } from "../attention/attention-backward-keys.ts";
import { attentionBackwardQueries } from "../attention/attention-backward-queries.ts";
import { attentionDelta } from "../attention/attention-delta.ts";
import { attentionForward } from "../attention/attention-forward.ts";
import type { AttentionPart, AttentionSpec, View } from "../attention/attention-spec.ts";
import type { DeviceProfile } from "../device/profile.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { extraCount, extraIndex, optionalParam } from "../program/attention-of.ts";
import type { Storage } from "./arrays.ts";
import { fourView } from "./attention-view.ts";
import type { Emitted } from "./emitted.ts";
import type { Unit } from "./unit.ts";

type Source = Pick<Unit, "planned" | "layouts">;

/** Storage by the name that kernels know it by. */
class Names {
  readonly storages = new Map<string, Storage>();
  readonly #source: Source;

  constructor(source: Source) {
    this.#source = source;
  }

  /** The view of an operand; operands in one storage have one name. */
  view(atom: Atom, full: Shape): View {
    const view = fourView(this.#source, atom, full);
    if (view === undefined) throw new RangeError("an operand of attention must be evenly spaced");
    return { name: this.nameOf(view.storage), offset: view.offset, strides: view.strides };
  }

  nameOf(storage: Storage): string {
    for (const [name, known] of this.storages) if (known === storage) return name;
    const name = `z${this.storages.size}`;
    this.storages.set(name, storage);
    return name;
  }

  emit(kernel: Kernel): Emitted {
    const storages = kernel.operands.map(({ name }) => {
      const storage = this.storages.get(name);
      if (storage === undefined) throw new RangeError(`attention has no array ${name}`);
      return storage;
    });
    return { kernel, storages };
  }
}

const operandOf = (eqn: Eqn, i: number): Atom => {
  const atom = eqn.inputs[i];
  if (atom === undefined) throw new RangeError(`${eqn.primitive.name} has no operand ${i}`);
  return atom;
};

/** Which operands and results are which parts, by their place. */
type Parts = Readonly<Partial<Record<AttentionPart, Atom>>>;

const specOf = (source: Source, eqn: Eqn, names: Names, parts: Parts): AttentionSpec => {
  const { params } = eqn;
  const [q, k, v] = [operandOf(eqn, 0), operandOf(eqn, 1), operandOf(eqn, 2)];
  const { shape } = q.aval;
  const lead = shape.length - 3;
  const [heads, queryLength, headSize] = [
    dim(shape, lead),
    dim(shape, lead + 1),
    dim(shape, lead + 2),
  ];
  const [kvHeads, keyLength] = [dim(k.aval.shape, lead), dim(k.aval.shape, lead + 1)];
  const scores = [...shape.slice(0, lead + 2), keyLength];
  const extra = (name: "mask" | "bias"): Atom | undefined => {
    const index = extraIndex(params, name);
    return index === undefined ? undefined : operandOf(eqn, index);
  };
  const [mask, bias] = [extra("mask"), extra("bias")];
  const keyAt = extraIndex(params, "key");
  const key = keyAt === undefined ? undefined : operandOf(eqn, keyAt);
  const views = Object.fromEntries(
    Object.entries(parts).map(([part, atom]) => [part, names.view(atom, atom.aval.shape)]),
  );
  const window = optionalParam(params, "window");
  const softcap = optionalParam(params, "softcap");
  const keyStorage = key?.kind === "var" ? source.layouts.of(key).storage : undefined;
  return {
    batch: sizeOf(shape.slice(0, lead)),
    heads,
    kvHeads,
    queryLength,
    keyLength,
    headSize,
    valueSize: dim(v.aval.shape, lead + 2),
    scale: numberParam(params, "scale"),
    causal: flagParam(params, "causal"),
    ...(window === undefined ? {} : { window }),
    ...(softcap === undefined ? {} : { softcap }),
    ...(mask === undefined ? {} : { mask: names.view(mask, scores) }),
    ...(bias === undefined
      ? {}
      : { bias: { ...names.view(bias, scores), half: bias.aval.dtype === "float16" } }),
    ...(key === undefined || keyStorage === undefined
      ? {}
      : {
          dropout: {
            rate: numberParam(params, "dropout"),
            name: names.nameOf(keyStorage),
            groups: sizeOf(key.aval.shape) / 2,
          },
        }),
    half: q.aval.dtype === "float16",
    views,
  };
};

const forward = (source: Source, eqn: Eqn, profile: DeviceProfile): readonly Emitted[] => {
  const names = new Names(source);
  const [y, lse] = eqn.outputs;
  if (y === undefined || lse === undefined) return [];
  const [q, k, v] = [operandOf(eqn, 0), operandOf(eqn, 1), operandOf(eqn, 2)];
  const spec = specOf(source, eqn, names, { q, k, v, y });
  names.storages.set("lse", source.layouts.of(lse).storage);
  return [names.emit(attentionForward(spec, profile))];
};

const backward = (source: Source, eqn: Eqn, profile: DeviceProfile): readonly Emitted[] => {
  const names = new Names(source);
  const [dq, dk, dv] = eqn.outputs;
  const at = 3 + extraCount(eqn.params);
  const [y, lse, dy] = [operandOf(eqn, at), operandOf(eqn, at + 1), operandOf(eqn, at + 2)];
  if (dq === undefined || dk === undefined || dv === undefined || lse.kind !== "var") return [];
  const [q, k, v] = [operandOf(eqn, 0), operandOf(eqn, 1), operandOf(eqn, 2)];
  const spec = specOf(source, eqn, names, { q, k, v, y, dy, dq, dk, dv });
  names.storages.set("lse", source.layouts.of(lse).storage);
  const size = 2 * spec.batch * spec.heads * spec.queryLength;
  names.storages.set("statistics", { element: "f32", size });
  return [
    names.emit(attentionDelta(spec)),
    names.emit(attentionBackwardQueries(spec, profile)),
    names.emit(attentionBackwardKeys(spec, profile)),
  ];
};

/** The kernels of attention: one for the value, three for the derivative. */
export const attentionKernels = (
  source: Source,
  eqn: Eqn,
  profile: DeviceProfile,
): readonly Emitted[] =>
  eqn.primitive.name === "attention"
    ? forward(source, eqn, profile)
    : backward(source, eqn, profile);

/** Operands and results of attention that are not evenly spaced in storage. */
export const unevenOperands = (source: Source, eqn: Eqn): readonly Atom[] => {
  const { shape } = operandOf(eqn, 0).aval;
  const keys = dim(operandOf(eqn, 1).aval.shape, shape.length - 2);
  const scores = [...shape.slice(0, -1), keys];
  const extras = [extraIndex(eqn.params, "mask"), extraIndex(eqn.params, "bias")];
  const isStatistic = (atom: Atom): boolean => atom.aval.shape.length === shape.length - 1;
  const isFlat = (atom: Atom, i: number): boolean =>
    i === extraIndex(eqn.params, "key") || (isStatistic(atom) && !extras.includes(i));
  const inputs = eqn.inputs.filter((atom, i) => {
    if (isFlat(atom, i)) return atom.kind === "var" && !source.planned.arrays.has(atom);
    return fourView(source, atom, extras.includes(i) ? scores : atom.aval.shape) === undefined;
  });
  const results = eqn.outputs.filter(
    (v) => !isStatistic(v) && fourView(source, v, v.aval.shape) === undefined,
  );
  return [...inputs, ...results];
};
