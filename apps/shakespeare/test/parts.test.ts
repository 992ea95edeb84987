import { describe, expect, test } from "vitest";
import { changes } from "../src/checkpoint.ts";
import { splitText } from "../src/corpus.ts";
import { commandOf, readOptions } from "../src/options.ts";
import { paceOf } from "../src/pace.ts";
import { modelConfig } from "../src/setup.ts";

describe("options", () => {
  test("have nanoGPT's settings by default", () => {
    expect(readOptions([])).toEqual({
      resume: false,
      iterations: 2000,
      out: "out/shakespeare",
      data: "",
      seed: 1337,
      threads: 0,
      backend: "onnx",
      precision: "float32",
      samples: 500,
      help: false,
    });
    expect(modelConfig(65)).toMatchObject({
      nLayer: 4,
      nHead: 4,
      nEmbd: 128,
      blockSize: 64,
      dropout: 0,
    });
  });

  test.each([
    [[], "npm start"],
    [["--resume"], "npm start -- --resume"],
    [["--iterations", "2000"], "npm start"],
    [["--precision", "float16"], "npm start -- --precision float16"],
    [["--out", "a b", "--iterations", "60"], "npm start -- --iterations 60 --out 'a b'"],
    [["--out", "it's"], "npm start -- --out 'it'\\''s'"],
  ])("%j is said as %j", (args, command) => {
    expect(commandOf(readOptions(args))).toBe(command);
  });
});

describe("the text", () => {
  const text = "ab🙂c".repeat(50);

  test("is split at 90 % of its characters", () => {
    const { train, validation, tokenizer } = splitText(text, "text");
    expect([train.length, validation.length, tokenizer.vocabSize]).toEqual([180, 20, 4]);
    expect(tokenizer.decode([...train, ...validation])).toBe(text);
  });

  test("is known by its digest", () => {
    expect(splitText(text, "x").digest).toBe(splitText(text, "y").digest);
    expect(splitText(text, "x").digest).not.toBe(splitText(`${text}a`, "x").digest);
  });

  test("is counted in characters, not in UTF-16 units", () => {
    expect(() => splitText("🙂a".repeat(36), "x")).toThrow("x has 72 characters");
    expect(splitText(`${"🙂a".repeat(36)}b`, "x").train.length).toBe(65);
  });
});

describe("the pace", () => {
  test("leaves the first step out once it can", () => {
    let time = 0;
    const pace = paceOf(0, 110, 100, () => time);
    time = 20; // compiling
    expect(pace(10)).toEqual({ speed: "50", left: "3:20" });
    time = 21;
    expect(pace(20)).toEqual({ speed: "1,000", left: "0:09" });
    time = 30;
    expect(pace(110)).toEqual({ speed: "1,000", left: "0:00" });
  });

  test("is open before anything was done", () => {
    expect(paceOf(5, 10, 1, () => 0)(5)).toEqual({ speed: "–", left: "–" });
  });
});

test("what differs between runs is said shortly", () => {
  const now = { seed: "1", text: "f".repeat(64), model: "m" };
  expect(changes(now, now)).toBe("");
  expect(changes({ ...now, seed: "2" }, now)).toBe("seed 2, now 1");
  expect(changes({ ...now, precision: "float16" }, now)).toBe("precision float16, now nothing");
  expect(changes({ seed: "1", model: "m" }, now)).toBe(`text nothing, now ${"f".repeat(37)}...`);
});
