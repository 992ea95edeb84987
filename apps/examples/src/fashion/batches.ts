import { fromData, type Tensor } from "@adjoint/core";
import { foldIn, type Key, permutation, randint, splitTuple } from "@adjoint/core/random";
import { copyPicture, type Move, unmoved } from "./copy-picture.ts";
import { type Pictures, size } from "./fashion-data.ts";

/** Images float32 (B, 1, 28, 28), about 0 on average, and their classes int32 (B). */
export type Batch = { readonly images: Tensor; readonly labels: Tensor };

/** Which pictures an epoch takes in which order, and how each of them is moved. */
export type Epoch = { readonly order: Int32Array; readonly moves: readonly Move[] };

const int32Of = async (x: Tensor): Promise<Int32Array> => Int32Array.from(await x.data(), Number);

/** The whole numbers below `count` in a random order. */
export const randomOrder = (key: Key, count: number): Promise<Int32Array> =>
  int32Of(permutation(key, count));

/** An order of `indices`, and for each a shift of up to `shift` pixels and whether it is seen in a mirror. */
const planEpoch = async (key: Key, indices: Int32Array, shift: number): Promise<Epoch> => {
  const [forOrder, forShifts, forMirrors] = splitTuple(key, 3);
  const count = indices.length;
  const order = await randomOrder(forOrder, count);
  const shifts = await int32Of(randint(forShifts, [count * 2], -shift, shift + 1));
  const mirrors = await int32Of(randint(forMirrors, [count], 0, 2));
  const moves = Array.from(mirrors, (mirror, i) => ({
    right: shifts[2 * i] ?? 0,
    down: shifts[2 * i + 1] ?? 0,
    isMirrored: mirror === 1,
  }));
  return { order: order.map((i) => indices[i] ?? 0), moves };
};

/** The plans of all epochs, so that the batch of a step depends on nothing but its number. */
export const planEpochs = (
  key: Key,
  indices: Int32Array,
  { epochs, shift }: { readonly epochs: number; readonly shift: number },
): Promise<readonly Epoch[]> =>
  Promise.all(Array.from({ length: epochs }, (_, i) => planEpoch(foldIn(key, i), indices, shift)));

/** The pictures at these places; moved, where moves are given. */
export const batchOf = (
  { pixels, labels }: Pictures,
  indices: Int32Array,
  moves: readonly Move[] = [],
): Batch => {
  const images = new Float32Array(indices.length * size * size);
  indices.forEach((from, to) => copyPicture(pixels, from, images, to, moves[to] ?? unmoved));
  return {
    images: fromData(images, [indices.length, 1, size, size]),
    labels: fromData(
      Int32Array.from(indices, (i) => labels[i] ?? 0),
      [indices.length],
    ),
  };
};

/** The batches that an epoch has; what is left over at its end is not used. */
export const stepsOf = ({ order }: Epoch, batchSize: number): number =>
  Math.floor(order.length / batchSize);

/** The batch of each step, by its number. */
export const batchesOf =
  (pictures: Pictures, epochs: readonly Epoch[], batchSize: number): ((step: number) => Batch) =>
  (step) => {
    const [first] = epochs;
    const perEpoch = first === undefined ? 1 : stepsOf(first, batchSize);
    const epoch = epochs[Math.floor(step / perEpoch)];
    if (epoch === undefined) throw new RangeError(`there is no step ${step}`);
    const from = (step % perEpoch) * batchSize;
    const { order, moves } = epoch;
    return batchOf(
      pictures,
      order.subarray(from, from + batchSize),
      moves.slice(from, from + batchSize),
    );
  };
