import { any, cumsum, maximum, ShapeError, take, type Tensor } from "@adjoint/core";

const checkRoom = (ids: Tensor, count: number): void => {
  if (ids.size >= count) return;
  throw new ShapeError({
    operation: "vlm",
    rule: `needs an image token for each of the images' ${count} vectors`,
    got: `ids [${ids.shape.join()}]`,
    fix: "write the prompt with vlm.prompt",
  });
};

/**
 * Words (..., T, C) with the vectors (N, C) of images in place of the image tokens among ids (..., T), in their order. Where there are
 * more or fewer image tokens than vectors everything is NaN: shapes cannot tell, and a text without its images would look right.
 */
export const placeImages = (
  ids: Tensor,
  words: Tensor,
  vectors: Tensor,
  imageToken: number,
): Tensor => {
  const [count = 0] = vectors.shape;
  checkRoom(ids, count);
  const isImage = ids.equal(imageToken);
  const running = cumsum(isImage.cast("int32").flatten(), 0);
  const places = maximum(running.sub(1), 0);
  const placed = take(vectors, places, { axis: 0 }).reshape(words.shape);
  const fits = isImage.cast("int32").sum().equal(count);
  return fits.where(isImage.expandDims(-1).where(placed, words), Number.NaN);
};

/** The words (..., T, C) of ids (..., T) without images: NaN in rows that have image tokens all the same. */
export const withoutImages = (ids: Tensor, words: Tensor, imageToken: number): Tensor =>
  any(ids.equal(imageToken), -1, { keepDims: true }).expandDims(-1).where(Number.NaN, words);
