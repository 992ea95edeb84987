import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { shakespeare } from "./support/cli.ts";

const folder = mkdtempSync(join(tmpdir(), "adjoint-shakespeare-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string, contents: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, contents);
  return path;
};

const whole = readFileSync(new URL("../data/tinyshakespeare.txt", import.meta.url), "utf8");
const text = file("text.txt", whole.slice(0, 5_000));
const small = (out: string): readonly string[] => [
  "--iterations",
  "2",
  "--samples",
  "0",
  "--data",
  text,
  "--out",
  join(folder, out),
];

describe("a wrong command line shows the usage and ends with 2", { timeout: 60_000 }, () => {
  test.each([
    [["--iteration", "3"], "'--iteration'"],
    [["--iterations", "0"], '--iterations must be a whole number from 1 to 10000000, got "0"'],
    [["--iterations", "1e3"], "--iterations must be a whole number"],
    [["--samples=-1"], "--samples must be a whole number from 0"],
    [["--seed", "x"], "--seed must be a whole number"],
    [["--backend", "gpu"], '--backend must be onnx or reference, got "gpu"'],
    [["--precision", "float8"], "--precision must be float32, float16 or bfloat16"],
    [["--out", ""], "--out must not be empty"],
    [["extra"], "'extra'"],
  ])("%j", async (args, message) => {
    const { code, out, err } = await shakespeare(args);
    expect([code, out]).toEqual([2, ""]);
    expect(err.split("\n")[0]).toContain(message);
    expect(err).toContain("npm start -- [options]");
    expect(err).not.toMatch(/^\s+at /m);
  });

  test("--help is no error", async () => {
    const { code, out, err } = await shakespeare(["--help"]);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toContain("--resume");
  });
});

/** That a run is refused with one line, before anything is printed. */
const refused = async (args: readonly string[], message: string | RegExp): Promise<void> => {
  const { code, out, err } = await shakespeare(args);
  expect([code, out]).toEqual([1, ""]);
  expect(err).toMatch(message);
  expect(err.trimEnd().split("\n").length).toBe(1);
};

describe("what cannot be done is one line and ends with 1", { timeout: 120_000 }, () => {
  const withText = (path: string) => [...small("none"), "--data", path];

  test("nothing to resume", () =>
    refused(["--resume", ...small("none")], /nothing to resume: there is no .*none/));

  test("a text that is not there, or a folder", async () => {
    await refused(withText(join(folder, "missing.txt")), /cannot read the text: ENOENT/);
    await refused(withText(folder), /cannot read the text: EISDIR/);
  });

  test("a text that is too short", async () => {
    await refused(
      withText(file("empty.txt", "")),
      /empty\.txt has 0 characters; training needs at least 73/,
    );
    await refused(withText(file("short.txt", whole.slice(0, 72))), /short\.txt has 72 characters/);
  });

  test("a text of one character", () =>
    refused(
      withText(file("same.txt", "a".repeat(1000))),
      /every character of .*same\.txt is the same/,
    ));

  test("what is no text", () =>
    refused(
      withText(file("noise.bin", Uint8Array.of(0xff, 0xfe, 0x80))),
      /noise\.bin is not UTF-8/,
    ));

  test("a folder that cannot be", () =>
    refused([...small("none"), "--out", join(text, "x")], /saveCheckpoint: .*text\.txt/));

  test("the smallest text is enough", async () => {
    const { code, err } = await shakespeare([
      ...small("least"),
      "--data",
      file("least.txt", whole.slice(0, 73)),
    ]);
    expect([code, err]).toEqual([0, ""]);
  });

  test("other settings, a damaged or a foreign checkpoint", async () => {
    const args = ["--resume", ...small("run")];
    expect((await shakespeare(small("run"))).code).toBe(0);
    await refused([...args, "--iterations", "3"], /cannot resume .* made with iterations 2, now 3/);
    await refused([...args, "--seed", "3"], /made with seed 1337, now 3/);
    await refused(
      [...args, "--data", file("other.txt", `${whole.slice(1, 5_000)}?`)],
      /made with text \w+/,
    );
    await refused(
      [...args, "--data", file("fewer.txt", "ab".repeat(100))],
      /wte\.table is float32\[\d+,128\] instead of float32\[2,128\]/,
    );
    const path = join(folder, "run", "checkpoint.safetensors");
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.subarray(0, -4));
    await refused(args, /checkpoint\.safetensors: the file must be whole and unchanged/);
    bytes[bytes.length - 9] = (bytes.at(-9) ?? 0) ^ 4;
    writeFileSync(path, bytes);
    await refused(args, /another checksum/);
    writeFileSync(path, "");
    await refused(args, /checkpoint\.safetensors/);
  });
});
