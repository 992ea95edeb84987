import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { decodeImage, type Image, resizeImage } from "@adjoint/data";
import { z } from "zod";
import { npmPackage } from "../downloads/npm-package.ts";
import type { Emoji } from "./emoji.ts";
import { onWhite } from "./on-white.ts";

/** Google's Noto Emoji, Apache-2.0. */
const pictures = "emoji-datasource-google@16.0.0";
/** Names and words of the Unicode CLDR, MIT. */
const words = "emojibase-data@17.0.0";
const size = 32;

const pictureList = z.array(
  z.object({ unified: z.string(), image: z.string(), category: z.string() }),
);
const wordList = z.array(
  z.object({ hexcode: z.string(), label: z.string(), tags: z.array(z.string()).default([]) }),
);

/** The two packages differ in where they write the variation selector. */
const plain = (hexcode: string): string => hexcode.replaceAll("-FE0F", "");

const readJson = async <T>(path: string, schema: z.ZodType<T>): Promise<T> =>
  schema.parse(JSON.parse(await readFile(path, "utf8")));

const readPicture = async (path: string): Promise<Image> => {
  const image = onWhite(decodeImage(await readFile(path), { channels: 4 }));
  return resizeImage(image, { width: size, height: size, method: "box" });
};

/**
 * The 1,911 emoji without their skin tones, by code point: small pictures of Noto Emoji (Apache-2.0), with English names and words of the
 * Unicode CLDR as emojibase has them (MIT). Both come from npm, into the user's cache folder: 81 MB at the first time.
 */
export const loadEmoji = async (): Promise<readonly Emoji[]> => {
  const [pictureFolder, wordFolder] = [await npmPackage(pictures), await npmPackage(words)];
  const entries = await readJson(join(wordFolder, "en/data.json"), wordList);
  const known = new Map(entries.map((entry) => [plain(entry.hexcode), entry]));
  const list = await readJson(join(pictureFolder, "emoji.json"), pictureList);
  const emoji = list.map(async ({ unified, image, category }): Promise<Emoji> => {
    const hexcode = plain(unified);
    const entry = known.get(hexcode);
    if (entry === undefined) throw new Error(`${words} does not know ${unified}`);
    const file = join(pictureFolder, "img/google/64", image);
    const { label, tags } = entry;
    return { hexcode, label, tags, category, image: await readPicture(file) };
  });
  return (await Promise.all(emoji)).toSorted((a, b) => (a.hexcode < b.hexcode ? -1 : 1));
};
