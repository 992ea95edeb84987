import { describe, expect, it } from "vitest";
import { Affine } from "../src/address/affine.ts";
import { coordinatesOf, flatOf } from "../src/address/coordinates.ts";
import { withNumbers } from "../src/kernel/shape-marks.ts";

const text = (x: Affine): string => withNumbers(x.text);
const i = Affine.variable("i", 24);

/** Value of an expression in i and j with whole division: recursive descent over + and -, then * / and %, then brackets. */
const evaluate = (expression: string, i: number, j = 0): number => {
  const tokens = expression.match(/\d+|[ij]\b|[-+*/%()]/g) ?? [];
  const atom = (): number => {
    const token = tokens.shift();
    if (token === "i") return i;
    if (token === "j") return j;
    if (token !== "(") return Number(token);
    const value = sum();
    tokens.shift();
    return value;
  };
  const product = (): number => {
    let value = atom();
    while (/^[*/%]$/.test(tokens[0] ?? "")) {
      const [operator, other] = [tokens.shift(), atom()];
      value =
        operator === "*"
          ? value * other
          : operator === "/"
            ? Math.floor(value / other)
            : value % other;
    }
    return value;
  };
  const sum = (): number => {
    let value = product();
    while (/^[-+]$/.test(tokens[0] ?? "")) value += tokens.shift() === "-" ? -product() : product();
    return value;
  };
  return sum();
};

describe("addresses", () => {
  it("a flat index split into coordinates and put together is itself", () => {
    expect(text(flatOf(coordinatesOf(i, [2, 3, 4]), [2, 3, 4]))).toBe("i");
    expect(text(flatOf(coordinatesOf(i, [2, 12]), [2, 12]))).toBe("i");
  });

  it("reshapes of reshapes stay simple", () => {
    const apart = coordinatesOf(i, [2, 3, 4]);
    expect(coordinatesOf(flatOf(apart, [2, 3, 4]), [6, 4]).map(text)).toEqual([
      "(i / 4u)",
      "(i % 4u)",
    ]);
  });

  it("heads taken apart and moved", () => {
    // (B 2, T 3, C 4) -> (B, H 2, T, D 2)
    const [b, h, t, d] = coordinatesOf(i, [2, 2, 3, 2]);
    const source = flatOf([b!, t!, h!.times(2).plus(d!)], [2, 3, 4]);
    for (let n = 0; n < 24; n++) {
      const [B, H, T, D] = [
        Math.floor(n / 12),
        Math.floor(n / 6) % 2,
        Math.floor(n / 2) % 3,
        n % 2,
      ];
      expect(evaluate(text(source), n)).toBe(B * 12 + T * 4 + H * 2 + D);
    }
  });

  it("divides and takes remainders as whole numbers do", () => {
    const j = Affine.variable("j", 5);
    for (const [factor, shift, by] of [
      [3, 1, 2],
      [4, 2, 3],
      [6, 0, 4],
      [5, 7, 5],
      [1, 3, 7],
    ] as const) {
      const x = i.times(factor).plus(j).plus(shift);
      for (const n of [0, 1, 5, 23])
        for (const m of [0, 3, 4]) {
          const value = n * factor + m + shift;
          expect(evaluate(text(x.div(by)), n, m)).toBe(Math.floor(value / by));
          expect(evaluate(text(x.mod(by)), n, m)).toBe(value % by);
        }
    }
  });

  it("knows the factor of a whole variable and not of a part", () => {
    expect(i.times(3).plus(2).factorOf("i")).toBe(3);
    expect(i.div(4).factorOf("i")).toBeUndefined();
    expect(Affine.of(4).factorOf("i")).toBe(0);
  });

  it("counts backwards", () => {
    const back = i.times(-1).plus(23);
    expect(back.range).toEqual([0, 23]);
    expect(evaluate(text(back), 5)).toBe(18);
    expect(evaluate(text(back.div(4)), 5)).toBe(4);
  });
});
