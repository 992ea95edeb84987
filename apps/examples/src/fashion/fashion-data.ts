import { existsSync } from "node:fs";
import { join } from "node:path";
import { decodeIdx, decompress } from "@adjoint/data";
import { fileSource } from "@adjoint/data/node";
import { debianPackage } from "../downloads/debian-package.ts";

/** Height and width of a picture. */
export const size = 28;

/** What the classes are called: label 0 is a T-shirt. */
export const classNames: readonly string[] = [
  "T-shirt",
  "trousers",
  "pullover",
  "dress",
  "coat",
  "sandal",
  "shirt",
  "sneaker",
  "bag",
  "boot",
];

/** Pictures of 28 x 28 gray bytes one after another, and the class of each. */
export type Pictures = { readonly pixels: Uint8Array; readonly labels: Uint8Array };

/** Fashion-MNIST: 60,000 pictures to learn from and 10,000 to measure with. */
export type Fashion = { readonly train: Pictures; readonly test: Pictures };

/** Where the files are: in a folder, or in Debian's package (MIT, 31 MB), which lands in the user's cache folder. */
const folderOf = async (given: string | undefined): Promise<string> =>
  given ?? join(await debianPackage("dataset-fashion-mnist"), "usr/share/datasets/fashion-mnist");

const readBytes = async (folder: string, name: string, shape: readonly number[]) => {
  const packed = join(folder, `${name}.gz`);
  const source = fileSource(existsSync(packed) ? packed : join(folder, name));
  const array = decodeIdx(await decompress(source).slice(0, Number.MAX_SAFE_INTEGER));
  if (!(array.data instanceof Uint8Array) || array.shape.slice(1).join() !== shape.join())
    throw new Error(`${source.name} must have bytes of shape (N, ${shape.join(", ")})`);
  return array.data;
};

const readPictures = async (folder: string, part: string): Promise<Pictures> => {
  const pixels = await readBytes(folder, `${part}-images-idx3-ubyte`, [size, size]);
  const labels = await readBytes(folder, `${part}-labels-idx1-ubyte`, []);
  if (pixels.length === labels.length * size * size) return { pixels, labels };
  throw new Error(`${folder} has ${labels.length} labels of ${part} and another number of images`);
};

/** Reads the four IDX files of Fashion-MNIST, gzipped or not. */
export const loadFashion = async (given?: string): Promise<Fashion> => {
  const folder = await folderOf(given);
  return {
    train: await readPictures(folder, "train"),
    test: await readPictures(folder, "t10k"),
  };
};
