import {
  ArgumentError,
  checkpoint,
  copyTo,
  fromData,
  grad,
  jit,
  jvp,
  linearize,
  memory,
  ones,
  referenceBackend,
  scan,
  scope,
  tensor,
  type Tensor,
  valueAndGrad,
  vjp,
  vmap,
  withBackend,
  zeros,
} from "@adjoint/core";
import type { Backend, Buffer } from "@adjoint/core/backend";
import { expectNoLeak } from "@adjoint/core/testing";
import * as tree from "@adjoint/core/tree";
import { describe, expect, it } from "vitest";

/** Tensors that `fn` leaves alive; nothing is garbage collected meanwhile, as it does not wait. */
const left = (fn: () => unknown): number => {
  const before = memory().tensors;
  fn();
  return memory().tensors - before;
};

describe("memory()", () => {
  it("counts tensors and bytes, by backend and in all, and gives them back", () => {
    const before = memory();
    const x = zeros([256]);
    const y = zeros([8], { dtype: "float16" });
    const held = memory();
    expect(held.tensors - before.tensors).toBe(2);
    expect(held.bytes - before.bytes).toBe(256 * 4 + 8 * 2);
    expect(held.backends["reference"]?.tensors).toBe(held.tensors);
    expect(held.peakBytes).toBeGreaterThanOrEqual(held.bytes);
    x.dispose();
    y.dispose();
    expect(memory().bytes).toBe(before.bytes);
    expect(memory().peakBytes).toBe(held.peakBytes);
  });
  it("counts a tensor once, however often it is freed", () => {
    const x = zeros([4]);
    const before = memory().tensors;
    x.dispose();
    x.dispose();
    expect(memory().tensors).toBe(before - 1);
  });
  it("does not count JavaScript constants", () => {
    const x = ones([3]);
    expect(left(() => x.add(1).dispose())).toBe(0);
  });
});

describe("using, dispose and scope", () => {
  it("a block frees what it declares with using", () => {
    expect(
      left(() => {
        using x = ones([3]);
        using y = x.mul(2);
        expect(y.sum().itemSync()).toBe(6);
      }),
    ).toBe(1); // the sum was not declared
  });
  it("a scope frees all but its result, also in a tree", () => {
    expect(left(() => scope(() => ones([3]).mul(2).add(1).sum()))).toBe(1);
    expect(left(() => scope(() => ({ a: ones([2]).mul(2), b: [ones([3]).add(1)] })))).toBe(2);
    expect(left(() => scope(() => void ones([3]).add(1)))).toBe(0);
  });
  it("scopes nest: what the inner one returns belongs to the outer one", () => {
    expect(left(() => scope(() => scope(() => ones([3]).add(1)).mul(2)))).toBe(1);
  });
  it("a scope frees when it fails", () => {
    expect(
      left(() => {
        expect(() =>
          scope(() => {
            ones([3]).add(1);
            throw new Error("on purpose");
          }),
        ).toThrow("on purpose");
      }),
    ).toBe(0);
  });
  it("a tensor from outside survives, returned or not", () => {
    const x = ones([3]);
    scope(() => x.add(1));
    expect(scope(() => x)).toBe(x);
    expect(x.toArraySync()).toEqual([1, 1, 1]);
  });
  it("a result that is named twice is kept once", () => {
    const [a, b] = scope(() => {
      const y = ones([2]).add(1);
      return [y, y];
    });
    expect(a).toBe(b);
    expect(a?.toArraySync()).toEqual([2, 2]);
  });
});

describe("transforms free what they make", () => {
  const f = (x: Tensor): Tensor => x.sin().mul(x).exp().sum();
  const x = tensor([0.1, 0.2, 0.3]);
  const batch = ones([4, 3]);
  it.each<readonly [string, () => unknown, number]>([
    ["grad", () => grad(f)(x), 1],
    ["valueAndGrad", () => valueAndGrad(f)(x), 2],
    ["grad of grad", () => grad((v: Tensor) => grad(f)(v).sum())(x), 1],
    ["jvp", () => jvp(f, [x], [x]), 2],
    ["vmap", () => vmap(f)(batch), 1],
    ["vmap of grad", () => vmap(grad(f))(batch), 1],
    ["scan", () => scan((c: Tensor, v: Tensor) => [c.add(v.sin()), c.mul(2)], tensor(0), x), 3], // and the initial carry
    [
      "checkpoint",
      () => grad((v: Tensor) => checkpoint((w: Tensor) => w.sin().exp())(v).sum())(x),
      1,
    ],
    ["jit", () => jit(f)(x), 1],
    ["jit of grad", () => jit(valueAndGrad(f))(x), 2],
    ["a pullback", () => scope(() => vjp(f, x)[1](tensor(1))), 1],
    ["a linear function", () => scope(() => linearize(f, x)[1](x)), 1],
  ])("%s", (_name, run, kept) => {
    expect(left(run)).toBe(kept);
  });
  it("and expectNoLeak says the same", () => {
    expect(expectNoLeak(() => grad(f)(x)).shape).toEqual([3]);
    expect(() => expectNoLeak(() => x.add(1).mul(2))).toThrow("1 more");
  });
});

type Model = { readonly w: readonly Tensor[]; readonly b: Tensor };
type State = { readonly model: Model; readonly momentum: Model; readonly step: Tensor };

const start = (): State => {
  const make = (): Model => ({ w: [ones([4, 8]).mul(0.1), ones([8, 1]).mul(0.2)], b: zeros([8]) });
  return {
    model: make(),
    momentum: tree.map((p: Tensor) => p.mul(0), make()),
    step: tensor(0, { dtype: "int32" }),
  };
};

const loss = ({ w, b }: Model, x: Tensor, y: Tensor): Tensor => {
  const [first, second] = w as readonly [Tensor, Tensor];
  return x.matmul(first).add(b).tanh().matmul(second).sub(y).pow(2).mean();
};

const train = (
  { model, momentum, step }: State,
  x: Tensor,
  y: Tensor,
): readonly [State, Tensor] => {
  const [value, grads] = valueAndGrad(loss)(model, x, y);
  const next = tree.map((m: Tensor, g: Tensor) => m.mul(0.9).add(g), momentum, grads);
  const moved = tree.map((p: Tensor, m: Tensor) => p.sub(m.mul(0.05)), model, next);
  return [{ model: moved, momentum: next, step: step.add(1) }, value];
};

describe("a training loop of 1,000 steps", () => {
  const data = Float32Array.from({ length: 64 }, (_, i) => Math.sin(i * 1.3));
  const x = fromData(data, [16, 4]);
  const y = x.sum(1, { keepDims: true }).tanh();

  it.each([
    ["with donation", [0]],
    ["without donation, disposing of the old state", []],
  ])("%s keeps the number of tensors and bytes flat", (_name, donateArgnums) => {
    const step = jit(train, { donateArgnums });
    let state = scope(start);
    const losses: number[] = [];
    const counts = new Set<number>();
    const bytes = new Set<number>();
    for (let i = 0; i < 1000; i++) {
      const [next, value] = step(state, x, y);
      if (donateArgnums.length === 0) for (const leaf of tree.leaves(state)) leaf.dispose();
      state = next;
      losses.push(Number(value.itemSync()));
      value.dispose();
      counts.add(memory().tensors);
      bytes.add(memory().bytes);
    }
    // the loop never waits, so the garbage collector has had no say in these numbers
    expect(counts.size).toBe(1);
    expect(bytes.size).toBe(1);
    expect(state.step.itemSync()).toBe(1000);
    expect(losses.at(-1)).toBeLessThan((losses[0] as number) / 20);
  });
  it("eagerly in a scope keeps only the state", () => {
    let state = scope(start);
    const before = memory().tensors;
    for (let i = 0; i < 20; i++) {
      const next = scope(() => train(state, x, y)[0]);
      for (const leaf of tree.leaves(state)) leaf.dispose();
      state = next;
    }
    expect(memory().tensors).toBe(before);
  });
});

/** The reference backend with buffers that must be given back. */
const deviceBackend = (): { readonly backend: Backend; readonly held: () => number } => {
  let held = 0;
  const wrap = (buffer: Buffer): Buffer => {
    held++;
    let open = true;
    return {
      ...{ aval: buffer.aval, bytes: buffer.bytes, backend },
      read: () => buffer.read(),
      readSync: () => buffer.readSync(),
      dispose: () => {
        if (!open) throw new Error("disposed of twice");
        open = false;
        held--;
      },
    };
  };
  const inner = new WeakMap<Buffer, Buffer>();
  const made = (buffer: Buffer): Buffer => {
    const outer = wrap(buffer);
    inner.set(outer, buffer);
    return outer;
  };
  const own = (buffer: Buffer): Buffer => inner.get(buffer) as Buffer;
  const backend: Backend = {
    name: "device",
    fromHost: (array) => made(referenceBackend.fromHost(array)),
    execute: (primitive, inputs, params) =>
      referenceBackend.execute(primitive, inputs.map(own), params).map(made),
    compile: (ir, options) => {
      const executable = referenceBackend.compile(ir, options);
      return {
        run: (inputs) => {
          const results = executable.run(inputs.map(own)).map(made);
          inputs.forEach((b, i) => {
            if (options?.donated?.[i] === true) b.dispose(); // its storage is taken over
          });
          return results;
        },
        dispose: () => executable.dispose(),
      };
    },
  };
  return { backend, held: () => held };
};

describe("a backend that must free its buffers", () => {
  it("gets back each one once: intermediates of transforms, scopes, donated and disposed tensors", () => {
    const { backend, held } = deviceBackend();
    withBackend(backend, () => {
      const x = ones([3]);
      const g = grad((v: Tensor) => v.sin().mul(v).sum())(x);
      const constants = held() - 2; // constants stay with their literals until those are collected
      expect(constants).toBeGreaterThanOrEqual(0);
      const z = scope(() => g.add(x).mul(x));
      expect(held()).toBe(3 + constants);
      const step = jit((v: Tensor) => v.mul(x), { donateArgnums: [0] });
      const next = step(z);
      expect(held()).toBe(3 + constants);
      for (const t of [x, g, z, next]) t.dispose();
      expect(held()).toBe(constants);
      expect(memory().backends["device"]?.tensors).toBeLessThanOrEqual(constants);
    });
  });
  it("moves tensors of another backend for one operation", () => {
    const { backend } = deviceBackend();
    const x = tensor([1, 2]);
    const y = withBackend(backend, () => x.add(1));
    expect(y.toArraySync()).toEqual([2, 3]);
    expect(x.mul(y).toArraySync()).toEqual([2, 6]);
  });

  it("copies a tree of tensors, and leaves what is there already", async () => {
    const { backend, held } = deviceBackend();
    const copy = await copyTo(backend, { w: tensor([1, 2]), layers: [tensor([[3]]), null], b: 4 });
    expect(held()).toBe(2); // numbers are uploaded when they are needed
    const again = await copyTo(backend, copy);
    expect(again.w).toBe(copy.w);
    expect(held()).toBe(2);
    const back = await copyTo(referenceBackend, copy);
    expect(tree.map((x: Tensor) => x.toArraySync(), back)).toEqual({
      w: [1, 2],
      layers: [[[3]], null],
      b: 4,
    });
  });
  it("copies nothing that is no tensor", async () => {
    const leaves = ["one"] as unknown as readonly Tensor[];
    await expect(copyTo(referenceBackend, leaves)).rejects.toThrow(ArgumentError);
  });
});
