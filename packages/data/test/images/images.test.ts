import { readFileSync } from "node:fs";
import { ArgumentError, tensor } from "@adjoint/core";
import {
  cropImage,
  DataError,
  decodeIdx,
  decodeImage,
  type Image,
  imageToFloats,
  parseIdx,
  parseImage,
  resizeImage,
} from "@adjoint/data";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const folder = new URL("../fixtures/images/", import.meta.url);
const load = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(name, folder)));

type Decoded = { readonly size: readonly [number, number]; readonly data: string };
type Resized = {
  readonly image: string;
  readonly size: readonly [number, number];
  readonly method: "bilinear" | "box";
  readonly antialias: boolean;
  readonly data: string | readonly number[];
};
const fixture = JSON.parse(readFileSync(new URL("expected.json", folder), "utf8")) as {
  readonly decoded: Readonly<Record<string, Decoded>>;
  readonly resized: readonly Resized[];
};
const unpack = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "base64"));
const pngs = Object.keys(fixture.decoded).filter((name) => name.endsWith(".png"));

const largest = (a: Uint8Array, b: ArrayLike<number>): number =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);

const meanError = (a: Uint8Array, b: ArrayLike<number>): number =>
  a.reduce((total, value, i) => total + Math.abs(value - b[i]!), 0) / a.length;

describe("decoding", () => {
  it.each(pngs)("gives the pixels that PIL gives: %s", (name) => {
    const { size, data } = fixture.decoded[name]!;
    const expected = unpack(data);
    const image = decodeImage(load(name));
    expect([image.width, image.height]).toEqual(size);
    expect(image.channels).toBe(expected.length / (size[0] * size[1]));
    expect(image.data).toEqual(expected);
  });

  it.each(["rgb444.jpg", "gray.jpg", "progressive.jpg"])(
    "is within rounding of libjpeg: %s",
    (name) => {
      const { size, data } = fixture.decoded[name]!;
      const image = decodeImage(load(name));
      const expected = unpack(data);
      expect([image.width, image.height]).toEqual(size);
      expect(image.data.length).toBe(expected.length);
      expect(largest(image.data, expected)).toBeLessThanOrEqual(3);
      expect(meanError(image.data, expected)).toBeLessThan(0.6);
    },
  );

  it("repeats chroma where libjpeg interpolates it, when it is stored at half the size", () => {
    const expected = unpack(fixture.decoded["rgb420.jpg"]!.data);
    expect(meanError(decodeImage(load("rgb420.jpg")).data, expected)).toBeLessThan(8);
  });

  it("changes channels", () => {
    const rgba = decodeImage(load("rgba.png"));
    const rgb = decodeImage(load("rgba.png"), { channels: 3 });
    expect(rgb.data).toEqual(rgba.data.filter((_, i) => i % 4 !== 3));
    expect(decodeImage(load("rgba.png"), { channels: 4 }).data).toEqual(rgba.data);
    const gray = decodeImage(load("gray.png"));
    expect(decodeImage(load("gray.png"), { channels: 4 }).data.slice(0, 4)).toEqual(
      Uint8Array.of(gray.data[0]!, gray.data[0]!, gray.data[0]!, 255),
    );
    const [r, g, b] = decodeImage(load("rgb.png")).data;
    const [luma] = decodeImage(load("rgb.png"), { channels: 1 }).data;
    expect(Math.abs(luma! - (0.299 * r! + 0.587 * g! + 0.114 * b!))).toBeLessThanOrEqual(0.51);
    expect(() => decodeImage(load("rgb.png"), { channels: 2 as 3 })).toThrow(ArgumentError);
  });

  it("refuses what is no image, damaged, or too large, as a value", () => {
    const png = load("rgb.png");
    const huge = png.slice();
    new DataView(huge.buffer).setUint32(16, 2 ** 30);
    for (const bytes of [
      new Uint8Array(0),
      new Uint8Array(20),
      png.subarray(0, 12),
      png.subarray(0, 300),
      huge,
    ]) {
      const result = parseImage(bytes);
      expect(result._tag === "Left" && result.left instanceof DataError).toBe(true);
    }
    expect(() => decodeImage(png, { maxPixels: 100 })).toThrow(/19 x 13 pixels; at most 100/);
    expect(() => decodeImage(load("gray.jpg"), { maxPixels: 100 })).toThrow(/at most 100/);
  });

  it("turns any damage into a value, or an image of the size it states", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.keys(fixture.decoded)).map(load),
        fc.array(fc.tuple(fc.nat(2000), fc.integer({ min: 0, max: 255 })), {
          minLength: 1,
          maxLength: 3,
        }),
        (file, changes) => {
          const damaged = file.slice();
          for (const [at, byte] of changes) damaged[at % file.length] = byte;
          const result = parseImage(damaged, { maxPixels: 2 ** 16 });
          if (result._tag === "Left") {
            expect(result.left).toBeInstanceOf(DataError);
            return;
          }
          const { width, height, channels, data } = result.right;
          expect(data.length).toBe(width * height * channels);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("resizing", () => {
  it.each(
    fixture.resized.map(
      (row) =>
        [
          `${row.image} to ${row.size.join(" x ")}, ${row.method}, antialias ${row.antialias}`,
          row,
        ] as const,
    ),
  )("%s", (_, { image, size, method, antialias, data }) => {
    const [width, height] = size;
    const out = resizeImage(decodeImage(load(image)), { width, height, method, antialias });
    expect([out.width, out.height]).toEqual([width, height]);
    if (typeof data === "string") expect(out.data).toEqual(unpack(data)); // PIL, bit by bit
    else expect(largest(out.data, data)).toBeLessThanOrEqual(1.01); // torch in float64; ours rounds twice
  });

  it("refuses bad settings and images", () => {
    const image: Image = { width: 2, height: 1, channels: 1, data: Uint8Array.of(1, 2) };
    expect(() => resizeImage(image, { width: 0, height: 1 })).toThrow(ArgumentError);
    expect(() =>
      resizeImage(image, { width: 1, height: 1, method: "box", antialias: false }),
    ).toThrow(ArgumentError);
    expect(() => resizeImage({ ...image, width: 3 }, { width: 1, height: 1 })).toThrow(
      /3 bytes, got 2/,
    );
    expect(() => cropImage(image, { width: 3, height: 1 })).toThrow(ArgumentError);
    expect(() => cropImage(image, { width: 1, height: 1, left: 2 })).toThrow(ArgumentError);
    expect(() => imageToFloats(image, { mean: [1, 2] })).toThrow(ArgumentError);
  });
});

describe("cropping and numbers", () => {
  it("cuts what slicing would", () => {
    const image = decodeImage(load("rgb.png"));
    const part = cropImage(image, { width: 5, height: 4, left: 3, top: 2 });
    for (let y = 0; y < 4; y++)
      for (let x = 0; x < 5 * 3; x++)
        expect(part.data[y * 15 + x]).toBe(image.data[((y + 2) * 19 + 3) * 3 + x]);
    const middle = cropImage(image, { width: 9, height: 5 });
    expect(middle).toEqual(cropImage(image, { width: 9, height: 5, left: 5, top: 4 }));
  });

  it("equals a transposition by core", async () => {
    const image = decodeImage(load("rgba.png"));
    const channels = { mean: [0.1, 0.2, 0.3, 0.4], std: [1, 2, 3, 4] };
    const first = imageToFloats(image, { ...channels, layout: "CHW" });
    const last = imageToFloats(image, { ...channels, layout: "HWC" });
    const moved = tensor(last.data, { shape: [...last.shape] }).transpose([2, 0, 1]);
    expect(moved.shape).toEqual(first.shape);
    expect(await moved.toArray()).toEqual(
      await tensor(first.data, { shape: [...first.shape] }).toArray(),
    );
    expect(last.data[1]).toBeCloseTo((image.data[1]! / 255 - 0.2) / 2, 6);
  });
});

describe("IDX", () => {
  const header = (kind: number, ...sizes: number[]): number[] => [
    0,
    0,
    kind,
    sizes.length,
    ...sizes.flatMap((n) => [0, 0, n >> 8, n & 255]),
  ];

  it("reads every kind of number, big-endian", () => {
    const rows = [
      [0x08, [200, 7], [200, 7]],
      [0x09, [200, 7], [-56, 7]],
      [0x0b, [255, 254, 1, 0], [-2, 256]],
      [0x0c, [255, 255, 255, 254, 0, 0, 1, 0], [-2, 256]],
      [0x0d, [63, 192, 0, 0, 192, 0, 0, 0], [1.5, -2]],
      [0x0e, [63, 248, 0, 0, 0, 0, 0, 0, 192, 0, 0, 0, 0, 0, 0, 0], [1.5, -2]],
    ] as const;
    for (const [kind, bytes, values] of rows) {
      const { shape, data } = decodeIdx(Uint8Array.from([...header(kind, 1, 2), ...bytes]));
      expect([shape, [...data]]).toEqual([[1, 2], values]);
    }
  });

  it("refuses other files, and sizes that lie, as a value", () => {
    const files = [
      [],
      [0, 0],
      [1, 0, 8, 1, 0, 0, 0, 0],
      [0, 0, 7, 0],
      [0, 0, 8, 3, 0],
      [...header(8, 2), 1],
      [...header(8, 1), 1, 2],
      [0, 0, 8, 2, 255, 255, 255, 255, 255, 255, 255, 255],
    ];
    for (const file of files) expect(parseIdx(Uint8Array.from(file))._tag).toBe("Left");
    expect(() => decodeIdx(new Uint8Array(2))).toThrow(DataError);
  });
});
