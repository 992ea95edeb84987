import { createOnnxBackend } from "@adjoint/backend-onnx";
import { jit, referenceBackend, scan, setBackend, stack, tensor, type Tensor } from "@adjoint/core";
import { assertAllclose } from "@adjoint/core/testing";
import { leaves } from "@adjoint/core/tree";
import { applyUpdates, type GradientTransformation, type OptState } from "@adjoint/optim";
import { afterEach, describe, expect, test } from "vitest";
import { fixture, gradsOf, initial } from "./support/fixtures.ts";
import { configuredOf, optimizerOf } from "./support/optimizers.ts";

type Params = Readonly<Record<string, Tensor>>;

const onnx = await createOnnxBackend({ threads: 1 });
afterEach(() => {
  setBackend(referenceBackend);
});

/** The first row of each optimizer. */
const rows = [
  ...fixture.trajectories.map((row) => [row.name, optimizerOf(row)] as const),
  ...fixture.configured.map((row) => [row.name, configuredOf(row)] as const),
].filter(([name], i, all) => all.findIndex(([other]) => other === name) === i);

const stepOf = (optimizer: GradientTransformation, onTrace: () => void = () => undefined) =>
  jit(
    (params: Params, state: OptState, grads: Params) => {
      onTrace();
      const [updates, next] = optimizer.update(grads, state, params);
      return [applyUpdates(params, updates), next] as const;
    },
    { donateArgnums: [0, 1] },
  );

const plain = (optimizer: GradientTransformation, count: number): Params => {
  let params: Params = initial("float32");
  let state = optimizer.init(params);
  for (const values of fixture.grads.slice(0, count)) {
    const [updates, next] = optimizer.update(gradsOf(values, "float32"), state, params);
    [params, state] = [applyUpdates(params, updates), next];
  }
  return params;
};

describe.each(rows)("%s", (_name, optimizer) => {
  test.each([
    ["reference", referenceBackend],
    ["ONNX", onnx],
  ] as const)(
    "one program serves all steps and takes its state over, on %s",
    async (_backend, backend) => {
      const expected = await Promise.all(
        Object.entries(plain(optimizer, 5)).map(async ([k, p]) => {
          const values = await p.data();
          return [k, () => tensor(values).reshape(p.shape)] as const; // on the backend of the test
        }),
      );
      setBackend(backend);
      let traces = 0;
      const step = stepOf(optimizer, () => traces++);
      let params: Params = initial("float32");
      let state = optimizer.init(params);
      for (const values of fixture.grads.slice(0, 5))
        [params, state] = step(params, state, gradsOf(values, "float32"));
      expect(traces).toBe(1);
      const same = Object.fromEntries(expected.map(([k, p]) => [k, p()]));
      await assertAllclose(params, same, { rtol: 1e-4, atol: 1e-5 });
    },
  );

  test("runs inside scan", async () => {
    const start = initial("float32");
    const grads = fixture.grads.slice(0, 5).map((values) => gradsOf(values, "float32"));
    const stacked: Params = Object.fromEntries(
      Object.keys(start).map((k) => [k, stack(grads.flatMap((g) => g[k] ?? []))]),
    );
    type Carry = readonly [Params, OptState];
    const body = ([params, state]: Carry, g: Params): readonly [Carry, null] => {
      const [updates, next] = optimizer.update(g, state, params);
      return [[applyUpdates(params, updates), next], null];
    };
    const [[params]] = scan<Carry, Params, null>(body, [start, optimizer.init(start)], stacked);
    await assertAllclose(params, plain(optimizer, 5), { rtol: 1e-4, atol: 1e-5 });
  });

  test("keeps dtypes: of the parameters in its updates, int32 in its counts", () => {
    const params = initial("bfloat16");
    const before = optimizer.init(params);
    const [updates, state] = optimizer.update(params, before, params);
    expect(leaves(updates).map((u) => u.dtype)).toEqual(leaves(params).map((p) => p.dtype));
    const dtypes = (tree: unknown) =>
      (leaves(tree) as readonly Tensor[]).map((x) => `${x.dtype}[${x.shape}]`);
    expect(dtypes(state)).toEqual(dtypes(before));
  });
});
