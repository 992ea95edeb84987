import type { Tensor } from "../tensor.ts";
import { concatenateP } from "./concatenate.ts";
import { flipP } from "./flip.ts";
import { iotaP } from "./iota.ts";
import { bind, bindOne, only } from "./primitive.ts";
import { sortP } from "./sort.ts";

/** Rows `from` (inclusive) to `to` (exclusive) of a matrix. */
const rows = (x: Tensor, from: number, to: number): Tensor =>
  x.slice([from, 0], [to, x.shape[1] ?? 0]);

const flip = (x: Tensor): Tensor => bindOne(flipP, [x], { axes: [0] });

/** For each row, the product of the earlier rows with the same id; equal ids are neighbours. */
const earlierProduct = (ids: Tensor, values: Tensor): Tensor => {
  const [n = 0, width = 0] = values.shape;
  const one = values.literal(1, values.dtype);
  // what row i - distance holds, or 1 where it belongs to another id
  const reach = (x: Tensor, distance: number): Tensor => {
    const same = rows(ids, distance, n).equal(rows(ids, 0, n - distance));
    const behind = same.where(rows(x, 0, n - distance), one);
    return bindOne(concatenateP, [one.broadcastTo([distance, width]), behind], { axis: 0 });
  };
  let product = values; // of the last `distance` rows with the id
  for (let distance = 1; distance < n; distance *= 2)
    product = product.mul(reach(product, distance));
  return n === 0 ? values : reach(product, 1);
};

/**
 * For each row of `values` (n, w), the product of the other rows with the same id (n).
 * No division: zeros are right, and so are derivatives of every order.
 */
export const othersProduct = (ids: Tensor, values: Tensor): Tensor => {
  const [n = 0] = values.shape;
  const spread = (x: Tensor): Tensor => x.reshape([n, 1]).broadcastTo(values.shape);
  const place = spread(only(values.bind(iotaP, [], { shape: [n], dtype: "int32", axis: 0 })));
  const byId = bind(sortP, [spread(ids), place, values], { axis: 0, numKeys: 1 });
  const [key = ids, from = place, sorted = values] = byId;
  const later = flip(earlierProduct(flip(key), flip(sorted)));
  const others = earlierProduct(key, sorted).mul(later);
  const back = bind(sortP, [from, others], { axis: 0, numKeys: 1 });
  return back[1] ?? others;
};
