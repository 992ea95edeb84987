import { readTokenStore } from "@adjoint/data/node";
import { textTokenizer, tokenizerFromJson } from "@adjoint/tokenizers";
import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { formatReport } from "../src/corpus-to-tokens/pipeline-report.ts";
import { runPipeline } from "../src/corpus-to-tokens/run-pipeline.ts";
import { writeDirtyFolder } from "./support/dirty-folder.ts";
import { pipelineOptions } from "./support/pipeline-options.ts";

const root = await mkdtemp(join(tmpdir(), "adjoint-corpus-"));
afterAll(() => rm(root, { recursive: true, force: true }));

const corpus = join(root, "dirty");
await writeDirtyFolder(corpus);
const whole = join(root, "whole");
const report = await runPipeline(pipelineOptions(corpus, whole));

/** Every file below a folder with its bytes, but for those that hold times. */
const contents = async (folder: string): Promise<ReadonlyMap<string, string>> => {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = names
    .filter((entry) => entry.isFile())
    .map(({ name, parentPath }) => join(parentPath, name));
  const timed = new Set([join(folder, "state.json"), join(folder, "report.json")]);
  const kept = files.filter((file) => !timed.has(file)).sort();
  const read = await Promise.all(kept.map((file) => readFile(file, "latin1")));
  return new Map(kept.map((file, i) => [file.slice(folder.length), read[i] ?? ""]));
};

const expected = await contents(whole);

const textsOf = async (folder: string): Promise<string[]> => {
  const spec = tokenizerFromJson(await readFile(join(whole, "tokenizer.json"), "utf8"));
  if (spec._tag === "Left") throw spec.left;
  const tokenizer = textTokenizer(spec.right);
  const store = await readTokenStore(join(whole, folder));
  await store.verify();
  const texts: string[] = [];
  for (let i = 0; i < store.documentCount; i++)
    texts.push(tokenizer.decode(await store.document(i)));
  await store.close();
  return texts;
};

describe("a dirty folder", () => {
  test("becomes clean text in shards", async () => {
    const texts = [...(await textsOf("train")), ...(await textsOf("validation"))];
    const all = texts.join("\n");
    expect(texts.length).toBe(14);
    expect(texts.every((text) => text.startsWith("<|endoftext|>"))).toBe(true);
    for (const trash of [
      "tracking",
      "Home",
      "<p>",
      "Received:",
      "=\n",
      "Ã©",
      "####",
      "ada@",
      "7946",
    ])
      expect(all).not.toContain(trash);
    for (const kept of [
      "café again",
      "Le café du Nord",
      "News from the coast",
      "<email>",
      "<phone>",
    ])
      expect(all).toContain(kept);
  });

  test("is reported step by step", () => {
    expect([report.files, report.bad]).toEqual([14, 2]); // a row and an archive are broken
    const step = (name: string) => {
      const found = report.steps.find((each) => each.step === name);
      return [found?.documentsIn, found?.documentsOut];
    };
    expect(step("read")).toEqual([19, 19]);
    expect(step("html to text")).toEqual([1, 1]);
    expect(step("language-en")).toEqual([19, 17]); // a page of noise has no letters
    const [before = 0, after = 0] = step("exact duplicates");
    expect(before - after).toBe(1);
    const [nearBefore = 0, nearAfter = 0] = step("near duplicates");
    expect(nearBefore - nearAfter).toBe(1);
    expect(step("in all")).toEqual([19, 14]);
    expect(report.train.documents + report.validation.documents).toBe(14);
    expect(formatReport(report)).toContain("| near duplicates");
  });

  test("says where its shards are from", async () => {
    const manifest: unknown = JSON.parse(
      await readFile(join(whole, "train", "manifest.json"), "utf8"),
    );
    expect(manifest).toMatchObject({ dtype: "uint16", metadata: { licence: "CC0" } });
  });
});

/** Runs in a process of its own up to a report of a stage, where it is killed. */
const kill = (out: string, stage: string, at: number): string => {
  const script = join(import.meta.dirname, "support", "killed-pipeline.ts");
  const args = ["--conditions=@adjoint/source", script, corpus, out, stage, `${at}`];
  const { signal, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  return signal ?? stderr;
};

test("killed again and again it goes on to the same files", async () => {
  const out = await mkdtemp(join(root, "killed-"));
  expect(kill(out, "clean", 8)).toBe("SIGKILL"); // six documents were saved
  expect(kill(out, "tokens", 1)).toBe("SIGKILL"); // training reports by the clock, and so not always
  expect(kill(out, "tokens", 8)).toBe("SIGKILL");
  const again = await runPipeline(pipelineOptions(corpus, out));
  expect(await contents(out)).toEqual(expected);
  expect({ ...again, seconds: 0 }).toEqual({ ...report, seconds: 0 });
});

test("stopped by a signal after every document it goes on to the same files", async () => {
  const out = await mkdtemp(join(root, "stopped-"));
  let stops = 0;
  for (;;) {
    const stop = new AbortController();
    const run = runPipeline(pipelineOptions(corpus, out), {
      signal: stop.signal,
      onProgress: ({ stage }) =>
        stage === "tokenizer" ? undefined : stop.abort(new Error("stopped")),
    });
    const result = await run.catch((error: unknown) => error);
    if (!(result instanceof Error)) {
      expect({ ...(result as object), seconds: 0 }).toEqual({ ...report, seconds: 0 });
      break;
    }
    expect(result.message).toBe("stopped");
    stops++;
  }
  expect(stops).toBe(19 + 14);
  expect(await contents(out)).toEqual(expected);
});

test("other settings need another folder", async () => {
  const other = { ...pipelineOptions(corpus, whole), vocabSize: 500 };
  await expect(runPipeline(other)).rejects.toThrow("other settings");
});
