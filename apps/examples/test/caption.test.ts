import { createOnnxBackend } from "@adjoint/backend-onnx";
import { argmax, fromData, getBackend, setBackend } from "@adjoint/core";
import { key } from "@adjoint/core/random";
import { vlm, type VlmParams } from "@adjoint/models";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  answerRows,
  answerTokenizer,
  endId,
  imageToken,
  padId,
  type Shown,
  startId,
} from "../src/caption/answer-rows.ts";
import { allPaths, films, motionFrames, reordered, splitFilms } from "../src/caption/motion-shown.ts"; // prettier-ignore
import { motionConfig, motionSchedule } from "../src/caption/presets.ts";
import { trainCaptions } from "../src/caption/train-captions.ts";
import { varyPictures } from "../src/caption/vary-pictures.ts";
import { shareOfCommonest, shareRight, writeAnswers } from "../src/caption/write-answers.ts";

const before = getBackend();
beforeAll(async () => setBackend(await createOnnxBackend()));
afterAll(() => setBackend(before));

const tokenizer = answerTokenizer(["left", "right", "up", "down"]);
const config = motionConfig(tokenizer.vocabSize);

/** Where the square is in each picture: what its pixels have and the first corner that it never reaches has not. */
const squares = ({ pixels }: Shown): string => {
  const size = pixels.length / motionFrames;
  return Array.from({ length: motionFrames }, (_, frame) => {
    const red = Array.from(pixels.subarray(frame * size, frame * size + 256));
    const ground = red.toSorted((a, b) => a - b)[128];
    return red.flatMap((value, at) => (value === ground ? [] : [at])).join();
  }).join(" | ");
};

test("a film shows a square that goes where its answer says", async () => {
  const path = { axis: "x", side: 3, speed: 2, along: 1, across: 5 } as const;
  const [right, left] = await films(key(0), [path]);
  expect([right!.answer, left!.answer]).toEqual(["right", "left"]);
  const corners = squares(right!)
    .split(" | ")
    .map((frame) => frame.split(",").map(Number));
  expect(corners.map(([first]) => first)).toEqual(
    [0, 1, 2, 3, 4, 5].map((t) => 5 * 16 + 1 + 2 * t),
  );
  expect(corners.every((frame) => frame.length === 9)).toBe(true);
  expect(squares(reordered(left!, [5, 4, 3, 2, 1, 0]))).toBe(squares(right!));
});

test("paths to judge by are in no film to learn from", async () => {
  expect(allPaths()).toHaveLength(650);
  const split = await splitFilms(key(0), 1);
  const parts = [split.train, split.validation, split.test];
  expect(parts.map(({ length }) => length)).toEqual([910, 130, 260]);
  const seen = new Set([...split.train, ...split.validation].map(squares));
  expect(split.test.filter((film) => seen.has(squares(film)))).toEqual([]);
  expect(shareOfCommonest(split.train, split.test)).toBeLessThan(0.3);
});

test("answers follow the pictures' places, and nothing else is asked for", async () => {
  const [film] = await films(key(0), allPaths().slice(0, 1));
  const short = { ...film!, answer: "up" };
  const { images, ids, targets } = answerRows([film!, short], motionFrames, tokenizer, config);
  expect(images.shape).toEqual([2, 6, 3, 16, 16]);
  await vlm.check(ids, images, config);
  const places = Array<number>(24).fill(imageToken);
  const [right, up] = [Array.from(tokenizer.encode("right")), Array.from(tokenizer.encode("up"))];
  expect(await ids.toArray()).toEqual([
    [...places, startId, ...right],
    [...places, startId, ...up, padId, padId, padId],
  ]);
  const nothing = Array<number>(24).fill(padId);
  expect(await targets.toArray()).toEqual([
    [...nothing, ...right, endId],
    [...nothing, ...up, endId, padId, padId, padId],
  ]);
});

test("varied pictures are made of pixels of their own, at other places", async () => {
  const data = Float32Array.from({ length: 2 * 3 * 64 }, (_, i) => i);
  const images = fromData(data, [2, 1, 3, 8, 8]);
  const varied = await varyPictures(images, key(0)).data();
  expect(Array.from(varied)).not.toEqual(Array.from(data));
  varied.forEach((value, at) => {
    expect(Math.floor(value / 64)).toBe(Math.floor(at / 64)); // the same picture and channel
  });
  const [red, green] = [varied.subarray(0, 64), varied.subarray(64, 128)];
  expect(Array.from(green, (value) => value - 64)).toEqual(Array.from(red));
  expect(await varyPictures(images, key(1)).data()).not.toEqual(varied);
});

test("shares count whole answers", () => {
  const shown = ["up", "up", "left", "down"].map((answer) => ({
    pixels: new Float32Array(),
    answer,
  }));
  expect(shareRight(["up", "u", "left", "downs"], shown)).toBe(0.5);
  expect(shareOfCommonest(shown, shown)).toBe(0.5);
});

test("films are learned by heart, and their answers written the same from the cache and without it", async () => {
  const { train } = await splitFilms(key(0), 1);
  const some = train.slice(0, 8);
  const rows = answerRows(some, motionFrames, tokenizer, config);
  let params: VlmParams | undefined;
  const schedule = { ...motionSchedule, steps: 120, batchSize: 16 };
  for await (const standing of trainCaptions(key(1), rows, config, { schedule, every: 120 })) params = standing.params; // prettier-ignore
  const written = await writeAnswers(params!, some, motionFrames, { tokenizer, config, length: 6 });
  expect(shareRight(written, some)).toBe(1);
  const next = await argmax(vlm.apply(params!, rows.ids, rows.images, config), -1).data();
  const width = rows.ids.shape[1]!;
  const again = some.map(({ answer }, i) => {
    const from = i * width + width - 6;
    return tokenizer.decode(next.subarray(from, from + answer.length));
  });
  expect(again).toEqual(written);
});
