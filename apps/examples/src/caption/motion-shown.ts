import { foldIn, type Key, permutation, splitTuple, uniform } from "@adjoint/core/random";
import type { Shown } from "./answer-rows.ts";

/** Pictures of a film, and their width and height. */
export const motionFrames = 6;
export const motionSize = 16;

/** A square of `side` that moves `speed` pixels a picture along one axis, from `along` on, at `across` of the other. */
type Path = {
  readonly axis: "x" | "y";
  readonly side: number;
  readonly speed: number;
  readonly along: number;
  readonly across: number;
};

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i);

/** All paths that stay inside; each may be gone in two directions. */
export const allPaths = (): readonly Path[] =>
  (["x", "y"] as const).flatMap((axis) =>
    [3, 4].flatMap((side) =>
      [1, 2].flatMap((speed) =>
        upTo(motionSize - side - speed * (motionFrames - 1) + 1).flatMap((along) =>
          upTo(motionSize - side + 1).map((across) => ({ axis, side, speed, along, across })),
        ),
      ),
    ),
  );

/** Colours of the square, which is bright, and of the ground, which is dark: RGB in [-1, 1]. */
const coloursOf = (draws: readonly number[]): readonly [readonly number[], readonly number[]] => [
  draws.slice(0, 3).map((draw) => 1 - draw / 2),
  draws.slice(3, 6).map((draw) => draw / 2 - 1),
];

/** One film: a path gone forwards, which is right or down, or backwards. */
const film = (
  { axis, side, speed, along, across }: Path,
  backwards: boolean,
  draws: readonly number[],
): Shown => {
  const [square, ground] = coloursOf(draws);
  const pixels = new Float32Array(motionFrames * 3 * motionSize * motionSize);
  const inside = (at: number, from: number): boolean => at >= from && at < from + side;
  let i = 0;
  for (let frame = 0; frame < motionFrames; frame++) {
    const time = backwards ? motionFrames - 1 - frame : frame;
    for (let c = 0; c < 3; c++)
      for (let y = 0; y < motionSize; y++)
        for (let x = 0; x < motionSize; x++) {
          const [moving, still] = axis === "x" ? [x, y] : [y, x];
          const isSquare = inside(moving, along + speed * time) && inside(still, across);
          pixels[i++] = (isSquare ? square[c] : ground[c]) ?? 0;
        }
  }
  const names = axis === "x" ? ["right", "left"] : ["down", "up"];
  return { pixels, answer: names[backwards ? 1 : 0] ?? "" };
};

/** Films of paths in both directions, in colours by chance. */
export const films = async (key: Key, paths: readonly Path[]): Promise<readonly Shown[]> => {
  const draws = Array.from(await uniform(key, [paths.length * 12]).data());
  return paths.flatMap((path, i) =>
    [false, true].map((backwards, j) => film(path, backwards, draws.slice(12 * i + 6 * j))),
  );
};

/** Films of paths that no other part has: most to learn from, in several colours, a tenth to watch, a fifth to measure with. */
export const splitFilms = async (
  key: Key,
  copies: number,
): Promise<{
  readonly train: readonly Shown[];
  readonly validation: readonly Shown[];
  readonly test: readonly Shown[];
}> => {
  const paths = allPaths();
  const order = await permutation(foldIn(key, 0), paths.length).data();
  const shuffled = Array.from(order).flatMap((at) => paths.slice(at, at + 1));
  const [watched, held] = [Math.floor(paths.length / 10), Math.floor((3 * paths.length) / 10)];
  const train: Shown[] = [];
  for (let copy = 0; copy < copies; copy++)
    train.push(...(await films(foldIn(key, 2 + copy), shuffled.slice(held))));
  const [forWatched, forTest] = splitTuple(foldIn(key, 1), 2);
  const validation = await films(forWatched, shuffled.slice(0, watched));
  return { train, validation, test: await films(forTest, shuffled.slice(watched, held)) };
};

/** The pictures of a film in another order. */
export const reordered = ({ pixels, answer }: Shown, order: readonly number[]): Shown => {
  const size = pixels.length / order.length;
  const moved = new Float32Array(pixels.length);
  order.forEach((from, to) =>
    moved.set(pixels.subarray(from * size, (from + 1) * size), to * size),
  );
  return { pixels: moved, answer };
};
