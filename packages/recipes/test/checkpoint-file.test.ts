import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  truncate,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { tensor } from "@adjoint/core";
import { CheckpointError } from "@adjoint/recipes";
import {
  loadCheckpoint,
  readCheckpoint,
  saveCheckpoint,
  writeCheckpoint,
} from "@adjoint/recipes/node";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { contentsOf, sampleState } from "./support/states.ts";

const saver = fileURLToPath(new URL("support/saver.ts", import.meta.url));
const nodeArgs = (...args: readonly string[]) => ["--conditions=@adjoint/source", saver, ...args];

let folder = "";
let path = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "adjoint-checkpoint-"));
  path = join(folder, "state.safetensors");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** The files of the folder: nothing but the checkpoint may stay. */
const files = () => readdir(folder);

/** That a step's whole state is there. */
const expectStep = async (step: number): Promise<void> => {
  const { state } = await loadCheckpoint(path, sampleState());
  expect(await contentsOf(state)).toEqual(await contentsOf(sampleState(step)));
};

describe("a checkpoint file", () => {
  test("keeps state and text, in folders made for it", async () => {
    path = join(folder, "a/b/state.safetensors");
    await saveCheckpoint(path, sampleState(4), { note: "hello" });
    await expectStep(4);
    expect((await loadCheckpoint(path, sampleState())).metadata).toEqual({ note: "hello" });
  });

  test("takes the place of the one before, and leaves no drafts", async () => {
    for (const step of [1, 2, 3]) await saveCheckpoint(path, sampleState(step));
    await expectStep(3);
    expect(await files()).toEqual(["state.safetensors"]);
  });

  test("saved many times at once is one of them, whole", async () => {
    const steps = Array.from({ length: 20 }, (_, i) => i);
    await Promise.all(steps.map((step) => saveCheckpoint(path, sampleState(step))));
    const { state } = await loadCheckpoint(path, sampleState());
    await expectStep(Number(await state.step.item()));
    expect(await files()).toEqual(["state.safetensors"]);
  });

  test("clears away what a killed process left long ago, not what another is writing", async () => {
    const [old, fresh, other] = [
      ".state.safetensors.1.partial",
      ".state.safetensors.2.partial",
      "x.partial",
    ];
    for (const name of [old, fresh, other]) await writeFile(join(folder, name), "half");
    for (const name of [old, other]) await utimes(join(folder, name), 1000, 1000);
    await saveCheckpoint(path, sampleState());
    expect((await files()).sort()).toEqual([fresh, "state.safetensors", other]);
  });
});

describe("what goes wrong is an error that names the file, and the last checkpoint stays", () => {
  beforeEach(() => saveCheckpoint(path, sampleState(1)));
  afterEach(() => expectStep(1));

  test("a leaf that is no tensor", async () => {
    await expect(saveCheckpoint(path, { step: 2 })).rejects.toThrow("number at step");
    expect(await files()).toEqual(["state.safetensors"]);
  });

  test("a file where a folder should be", async () => {
    const result = await writeCheckpoint(join(path, "x"), sampleState(2))();
    if (result._tag === "Right") throw new Error("saved below a file");
    expect(result.left).toBeInstanceOf(CheckpointError);
    expect(result.left.operation).toBe("saveCheckpoint");
    expect(result.left.message).toContain(path);
  });

  test("a folder of the same name", async () => {
    const taken = join(folder, "taken");
    await mkdir(join(taken, "inside"), { recursive: true });
    await expect(saveCheckpoint(taken, sampleState(2))).rejects.toThrow(CheckpointError);
    expect((await files()).sort()).toEqual(["state.safetensors", "taken"]);
  });

  test("an unwritable folder", async () => {
    const closed = join(folder, "closed");
    await chmod(folder, 0o755);
    await mkdir(closed, { mode: 0o555 });
    // the superuser may write anywhere, so someone else tries
    const root = process.geteuid?.() === 0;
    if (root) process.seteuid?.(65_534);
    try {
      const saving = saveCheckpoint(join(closed, "x"), sampleState(2));
      await expect(saving).rejects.toThrow(/closed.x, got EACCES/);
    } finally {
      if (root) process.seteuid?.(0);
    }
  });

  test("nothing there to load", async () => {
    const result = await readCheckpoint(join(folder, "nothing"), sampleState())();
    expect(result).toMatchObject({
      _tag: "Left",
      left: { name: "CheckpointError", operation: "loadCheckpoint" },
    });
    await expect(loadCheckpoint(folder, sampleState())).rejects.toThrow(/EISDIR/);
  });

  test("another model", async () => {
    const loading = loadCheckpoint(path, { w: tensor([1]) });
    await expect(loading).rejects.toThrow(/state\.safetensors: .*missing w; unknown key, mask/);
  });
});

test("a truncated or changed file is refused by name", async () => {
  await saveCheckpoint(path, sampleState(1));
  const { length } = await readFile(path);
  await truncate(path, length - 1);
  await expect(loadCheckpoint(path, sampleState())).rejects.toThrow(/state\.safetensors: .*whole/);
  await truncate(path, 0);
  await expect(loadCheckpoint(path, sampleState())).rejects.toThrow(
    /state\.safetensors: .*0 bytes/,
  );
});

const unix = process.platform !== "win32";

// a file size limit stops the write in the middle just as a full disk does (EFBIG instead of ENOSPC)
test.runIf(unix)("a full disk keeps the last checkpoint", () => {
  const command = `ulimit -f 100; exec "$0" "$@"`;
  const save = (size: number) =>
    spawnSync("bash", ["-c", command, process.execPath, ...nodeArgs(path, String(size), "1")], {
      encoding: "utf8",
    });
  expect(save(10).status).toBe(0);
  const whole = save(100_000);
  expect(whole.status).toBe(1);
  expect(whole.stderr).toMatch(/saveCheckpoint: must be able to write .*state\.safetensors.*EFBIG/);
  return Promise.all([
    expect(files()).resolves.toEqual(["state.safetensors"]),
    expect(
      loadCheckpoint(path, { w: tensor(new Array<number>(10).fill(9)), step: tensor(0) }),
    ).resolves.toBeDefined(),
  ]);
});

test.runIf(unix)("kill -9 at any moment leaves a whole file", { timeout: 120_000 }, async () => {
  const size = 300_000;
  const like = { w: tensor(new Array<number>(size).fill(0)), step: tensor(0) };
  let last = -1;
  for (let round = 0; round < 12; round++) {
    const child = spawn(process.execPath, nodeArgs(path, String(size)), {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    // so many saves are done, however slow the machine is
    for (let saves = 0; saves <= round % 3; saves++)
      await new Promise((resolve) => child.stdout.once("data", resolve));
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 80));
    child.kill("SIGKILL");
    await ended;
    const { state } = await loadCheckpoint(path, like);
    const step = Number(await state.step.item());
    const data = await state.w.data();
    expect(data.every((x) => x === step)).toBe(true);
    last = Math.max(last, step);
  }
  expect(last).toBeGreaterThan(0); // kills came during later saves too
  expect(existsSync(path)).toBe(true);
});
