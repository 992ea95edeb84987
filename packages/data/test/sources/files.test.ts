import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  blobSource,
  collect,
  DatasetStateError,
  flatMap,
  map,
  pipe,
  SourceError,
  textLines,
} from "@adjoint/data";
import { fileSource, folder } from "@adjoint/data/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { resumesEverywhere } from "../formats/support.ts";

let root = "";

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "adjoint-data-"));
  await mkdir(join(root, "deep/er"), { recursive: true });
  await writeFile(join(root, "b.txt"), "b1\nb2\n");
  await writeFile(join(root, "a.txt"), "a1\n");
  await writeFile(join(root, "deep/c.txt"), "c1\n");
  await writeFile(join(root, "deep/er/d.jsonl"), "{}\n");
  await writeFile(join(root, ".hidden"), "");
  await symlink("..", join(root, "deep/loop"));
});

afterAll(() => rm(root, { recursive: true }));

const paths = (options: Parameters<typeof folder>[1] = {}) =>
  collect(
    pipe(
      folder(root, options),
      map(({ path }) => path),
    ),
  );

describe("folders and files", () => {
  it("lists files in order, as the patterns say", async () => {
    expect(await paths()).toEqual([".hidden", "a.txt", "b.txt", "deep/c.txt", "deep/er/d.jsonl"]);
    expect(await paths({ glob: "*.txt" })).toEqual(["a.txt", "b.txt"]);
    expect(await paths({ glob: "**/*.txt" })).toEqual(["a.txt", "b.txt", "deep/c.txt"]);
    expect(await paths({ glob: ["*.txt", "**/*.jsonl"] })).toEqual([
      "a.txt",
      "b.txt",
      "deep/er/d.jsonl",
    ]);
    expect(await paths({ recursive: false })).toEqual([".hidden", "a.txt", "b.txt"]);
    expect(
      await collect(
        pipe(
          folder(`${root}/`),
          map(({ path }) => path),
        ),
      ),
    ).toEqual(await paths());
  });

  it("reads rows of all files, and resumes within any of them", async () => {
    const rows = () =>
      pipe(
        folder(root, { glob: "**/*.txt" }),
        flatMap((file) => textLines(file)),
      );
    expect(await collect(rows())).toEqual(["a1", "b1", "b2", "c1"]);
    await resumesEverywhere(rows);
  });

  it("slices and measures", async () => {
    const source = fileSource(join(root, "b.txt"));
    expect(await source.size()).toBe(6);
    expect(new TextDecoder().decode(await source.slice(1, 4))).toBe("1\nb");
    expect((await source.slice(4, 99)).length).toBe(2);
    expect((await source.slice(9, 12)).length).toBe(0);
    const blob = blobSource(new File(["x\ny"], "chosen.txt"));
    expect([blob.name, await blob.size(), await collect(textLines(blob))]).toEqual([
      "chosen.txt",
      3,
      ["x", "y"],
    ]);
    await resumesEverywhere(() => textLines(blob));
  });

  it("says what cannot be read", async () => {
    const missing = fileSource(join(root, "missing"));
    await expect(collect(textLines(missing))).rejects.toThrow(SourceError);
    await expect(missing.slice(0, 1)).rejects.toThrow(/ENOENT/);
    await expect(missing.size()).rejects.toThrow(SourceError);
    await expect(collect(folder(join(root, "missing")))).rejects.toThrow(SourceError);
    expect(() => folder(root).open(3)).toThrow(DatasetStateError);
  });
});
