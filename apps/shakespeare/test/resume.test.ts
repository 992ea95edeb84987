import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decode } from "@adjoint/core/safetensors";
import { afterAll, describe, expect, test } from "vitest";
import { type Ended, resultOf, shakespeare } from "./support/cli.ts";

const folder = mkdtempSync(join(tmpdir(), "adjoint-shakespeare-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const text = join(folder, "text.txt");
const whole = readFileSync(new URL("../data/tinyshakespeare.txt", import.meta.url), "utf8");
writeFileSync(text, whole.slice(0, 20_000));

const iterations = 30;
const settings = (out: string): readonly string[] => {
  const options = {
    iterations,
    samples: 0,
    data: text,
    out: join(folder, out),
    seed: 5,
    threads: 2,
  };
  return Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
};
const checkpoint = (out: string): Buffer =>
  readFileSync(join(folder, out, "checkpoint.safetensors"));

const stepOf = async (out: string): Promise<number> =>
  Number(await decode(checkpoint(out)).tensors.get("step")?.item());

let uninterrupted: Promise<Ended> | undefined;
const wholeRun = () => (uninterrupted ??= shakespeare(settings("whole")));

describe("npm start", { timeout: 180_000 }, () => {
  test("trains, saves, and ends with a line for programs", async () => {
    const { code, out, err } = await wholeRun();
    expect([code, err]).toEqual([0, ""]);
    expect(Object.keys(resultOf(out))).toEqual(["valLoss", "seconds", "tokensPerSecond", "params"]);
    for (const value of Object.values(resultOf(out))) expect(value).toBeGreaterThan(0);
    expect(resultOf(out)["valLoss"]).toBeLessThan(3.2); // from ln 58 = 4.06
    expect(out).toContain("step 30/30");
    expect(out).toContain(join(folder, "whole", "checkpoint.safetensors"));
    expect(await stepOf("whole")).toBe(iterations);
    expect(readdirSync(join(folder, "whole"))).toEqual(["checkpoint.safetensors"]);
  });

  test.each(["SIGINT", "SIGTERM"] as const)(
    "stopped by %s and resumed it ends with the same bytes",
    async (signal) => {
      const { out: expected } = await wholeRun();
      const stopped = await shakespeare(settings(signal), "step 10/", (child) =>
        child.kill(signal),
      );
      expect([stopped.code, stopped.err]).toEqual([0, ""]);
      const step = await stepOf(signal);
      expect(step).toBeGreaterThanOrEqual(10);
      expect(step).toBeLessThan(iterations);
      expect(stopped.out).toContain(`Stopped after ${step} of 30 steps`);
      expect(stopped.out).not.toContain("result ");

      // the command that was printed, but for the texts of npm
      const printed = /npm start -- (--resume .*)/.exec(stopped.out)?.[1]?.split(" ") ?? [];
      const resumed = await shakespeare(printed);
      expect([resumed.code, resumed.err]).toEqual([0, ""]);
      expect(resumed.out).toContain(`resumed at step ${step}`);
      expect(checkpoint(signal).equals(checkpoint("whole"))).toBe(true);
      expect(resultOf(resumed.out)["valLoss"]).toBe(resultOf(expected)["valLoss"]);
    },
  );

  test("in float16, which the engine only emulates, warns once and trains in float32", async () => {
    const { out: expected } = await wholeRun();
    const half = await shakespeare([...settings("half"), "--precision", "float16"]);
    expect([half.code, half.err.trimEnd().split("\n").length]).toEqual([0, 1]);
    expect(half.err).toContain("backend onnx does not compute in float16 itself; using float32");
    expect(resultOf(half.out)["valLoss"]).toBe(resultOf(expected)["valLoss"]);
    const other = await shakespeare(["--resume", ...settings("half")]);
    expect(other.code).toBe(1);
    expect(other.err).toContain("unknown lossScale");
  });

  test("saves when its terminal goes away", async () => {
    const { code } = await shakespeare(settings("gone"), "step 10/", (c) => c.kill("SIGHUP"));
    expect(code).toBe(0);
    expect(await stepOf("gone")).toBeGreaterThanOrEqual(10);
  });

  test("killed before its first save it resumes from the start", async () => {
    await wholeRun();
    await shakespeare(settings("killed"), "step 10/", (child) => child.kill("SIGKILL"));
    expect(await stepOf("killed")).toBe(0);
    const { code } = await shakespeare(["--resume", ...settings("killed")]);
    expect(code).toBe(0);
    expect(checkpoint("killed").equals(checkpoint("whole"))).toBe(true);
  });

  test("resumed when all is done it evaluates and writes again", async () => {
    const { out: expected } = await wholeRun();
    const before = checkpoint("whole");
    const again = await shakespeare(["--resume", ...settings("whole"), "--samples", "20"]);
    expect(again.code).toBe(0);
    expect(again.out).toContain("a sample, temperature 0.8");
    expect(resultOf(again.out)["valLoss"]).toBe(resultOf(expected)["valLoss"]);
    expect(checkpoint("whole").equals(before)).toBe(true);
  });

  test("started anew it keeps the earlier checkpoint", async () => {
    await wholeRun();
    const before = checkpoint("whole");
    const anew = await shakespeare(settings("whole"), "step 10/", (child) => child.kill("SIGKILL"));
    const kept = /earlier run is kept as (.*)/.exec(anew.out)?.[1] ?? "";
    expect(readFileSync(kept).equals(before)).toBe(true);
    uninterrupted = undefined;
  });

  test("goes on when nobody reads its output any more: saves and stops", async () => {
    const { code } = await shakespeare(settings("unread"), "step 10/", (child) =>
      child.stdout?.destroy(),
    );
    expect(code).toBe(0);
    expect(await stepOf("unread")).toBeGreaterThanOrEqual(10);
  });
});
