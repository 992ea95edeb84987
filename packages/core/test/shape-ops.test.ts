import * as core from "@adjoint/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const grid = core.arange(6).reshape([2, 3]);

describe("shape operations", () => {
  it("join and take apart again", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(5), { minLength: 1, maxLength: 4 }),
        fc.constantFrom(0, 1, -1, -2),
        (sizes, axis) => {
          const place = axis < 0 ? axis + 2 : axis;
          const parts = sizes.map((n, i) => core.full(place === 0 ? [n, 2] : [2, n], i));
          const edges = sizes
            .slice(0, -1)
            .map((_, i) => sizes.slice(0, i + 1).reduce((a, b) => a + b, 0));
          const again = core.split(core.concatenate(parts, axis), edges, axis);
          expect(again.map((t) => t.toArraySync())).toEqual(parts.map((t) => t.toArraySync()));
        },
      ),
    );
    expect(core.stack(core.unstack(grid, 1), 1).toArraySync()).toEqual(grid.toArraySync());
  });

  it("pad in every mode by more than the axis holds, as NumPy does", async () => {
    const x = core.tensor([1, 2, 3]);
    expect(await core.pad(x, 4, { mode: "reflect" }).toArray()).toEqual([
      1, 2, 3, 2, 1, 2, 3, 2, 1, 2, 3,
    ]);
    expect(await core.pad(x, 4, { mode: "symmetric" }).toArray()).toEqual([
      3, 3, 2, 1, 1, 2, 3, 3, 2, 1, 1,
    ]);
    expect(await core.pad(x, 4, { mode: "wrap" }).toArray()).toEqual([
      3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1,
    ]);
    expect(await core.pad(x, 2, { mode: "edge" }).toArray()).toEqual([1, 1, 1, 2, 3, 3, 3]);
    expect(await core.pad(core.tensor([5]), 1, { mode: "reflect" }).toArray()).toEqual([5, 5, 5]);
  });

  it("roll by any integer", () => {
    fc.assert(
      fc.property(fc.integer({ min: -20, max: 20 }), fc.integer({ min: -20, max: 20 }), (a, b) => {
        const twice = core.roll(core.roll(grid, a, 1), b, 1);
        expect(twice.toArraySync()).toEqual(core.roll(grid, a + b, 1).toArraySync());
      }),
    );
  });

  it("handle axes of size 0 and scalars", () => {
    const none = core.zeros([0, 3]);
    expect(core.roll(none, 1, 0).shape).toEqual([0, 3]);
    expect(core.tile(none, 2).shape).toEqual([0, 6]);
    expect(core.repeat(none, 2, 1).shape).toEqual([0, 6]);
    expect(core.repeat(core.tensor([1, 2]), 0).shape).toEqual([0]);
    expect(core.flip(none).shape).toEqual([0, 3]);
    expect(core.stack([1, 2]).toArraySync()).toEqual([1, 2]);
    expect(core.expandDims(1, 0).shape).toEqual([1]);
    expect(core.ravel(5).shape).toEqual([1]);
    expect(core.atLeastRank(5, 2).shape).toEqual([1, 1]);
    expect(core.unstack(none)).toEqual([]);
  });

  it("keep gradients under vmap and jit", () => {
    const f = (x: core.Tensor): core.Tensor =>
      core
        .pad(core.roll(core.repeat(x, 2), 1), 1, { mode: "reflect" })
        .mul(core.arange(8))
        .sum();
    const xs = core.tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    const looped = core.unstack(xs).map((x) => core.grad(f)(x).toArraySync());
    expect(
      core
        .jit(core.vmap(core.grad(f)))(xs)
        .toArraySync(),
    ).toEqual(looped);
  });

  it("broadcast several at once", () => {
    const [a, b] = core.broadcastArrays(core.zeros([3, 1]), core.zeros([2]));
    expect([a?.shape, b?.shape]).toEqual([
      [3, 2],
      [3, 2],
    ]);
  });

  it("name the rule that was broken", () => {
    expect(() => core.reshape(grid, [4, 2])).toThrow(
      /reshape.*number of elements.*\[2,3\] to \[4,2\]/,
    );
    expect(() => core.reshape(grid, [-1, -1])).toThrow(core.ShapeError);
    expect(() => core.reshape(grid, [4, -1])).toThrow(core.ShapeError);
    expect(() => core.reshape(grid, [-2, -3])).toThrow(core.ShapeError);
    expect(() => core.transpose(grid, [0, 0])).toThrow(/every axis once/);
    expect(() => core.squeeze(grid, 0)).toThrow(/size 1/);
    expect(() => core.broadcastTo(grid, [3])).toThrow(core.ShapeError);
    expect(() => core.concatenate([grid, core.zeros([3, 2])])).toThrow(
      /concatenate.*\[2,3\] and \[3,2\]/,
    );
    expect(() => core.concatenate([])).toThrow(/at least one/);
    expect(() => core.concatenate([1, 2])).toThrow(/at least one axis/);
    expect(() => core.stack([grid, core.zeros([3])])).toThrow(/stack: shapes must be the same/);
    expect(() => core.split(grid, 2, 1)).toThrow(/divide/);
    expect(() => core.pad(grid, [[1, 1]])).toThrow(/for each axis/);
    expect(() => core.pad(core.zeros([0]), 1, { mode: "edge" })).toThrow(/needs elements/);
    expect(() => core.repeat(grid, [1, 2, 3], 0)).toThrow(/one count per element/);
    expect(() => core.tile(grid, -1)).toThrow(/0 or more/);
    expect(() => core.moveaxis(grid, [0, 1], 0)).toThrow(/equally many/);
    expect(() => core.roll(grid, [1, 2], [0, 1, 0])).toThrow(/one shift/);
  });
});
