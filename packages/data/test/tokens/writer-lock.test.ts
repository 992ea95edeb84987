import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { ArgumentError } from "@adjoint/core";
import { LockedError, SourceError } from "@adjoint/data";
import { openTokenWriter, readTokenStore, type TokenWriter } from "@adjoint/data/node";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";

const root = await mkdtemp(join(tmpdir(), "adjoint-lock-"));
afterAll(() => rm(root, { recursive: true, force: true }));

const newFolder = (): Promise<string> => mkdtemp(join(root, "store-"));
const lockOf = (folder: string): string => join(folder, ".writer.lock");
const options = { dtype: "uint16" } as const;

const refused = async (folder: string): Promise<LockedError> => {
  const error: unknown = await openTokenWriter(folder, options).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(LockedError);
  return error as LockedError;
};

/** A lock of a process that never took one itself. */
const writeLock = (folder: string, facts: object): Promise<void> =>
  writeFile(
    lockOf(folder),
    JSON.stringify({ host: hostname(), since: "2026-01-01T00:00:00.000Z", token: "t", ...facts }),
  );

const opens = async (folder: string): Promise<void> => {
  const writer = await openTokenWriter(folder, options);
  await writer.finish();
  expect((await readdir(folder)).filter((name) => !name.endsWith(".tokens"))).toEqual([
    "manifest.json",
  ]);
};

describe("two writers on one folder", () => {
  test("the second is told who the first is, and harms nothing", async () => {
    const folder = await newFolder();
    const first = await openTokenWriter(folder, options);
    await first.append([1, 2]);
    const error = await refused(folder);
    expect(error.holder?.pid).toBe(process.pid);
    expect(error.message).toMatch(
      `got one of process ${process.pid} on ${hostname()}, there since 2`,
    );
    await first.append([3]);
    await first.finish();
    const store = await readTokenStore(folder);
    expect([...(await store.tokens(0, 3))]).toEqual([1, 2, 3]);
    await store.close();
    await opens(folder);
  });

  test("close, finish and a failed opening give the folder back", async () => {
    const folder = await newFolder();
    const first = await openTokenWriter(folder, options);
    await first.close();
    await first.close();
    await expect(
      openTokenWriter(folder, { dtype: "uint32" }).then((w) => w.finish()),
    ).resolves.toBeDefined();
    await expect(openTokenWriter(folder, options)).rejects.toThrow("holds uint32");
    const third = await openTokenWriter(folder, { dtype: "uint32" });
    await third.finish();
    await third.close();
    await expect(third.append([1])).rejects.toThrow(ArgumentError);
    await expect(third.save()).rejects.toThrow("takes nothing more");
  });

  test("what a closed writer's successor holds is not given back by closing again", async () => {
    const folder = await newFolder();
    const first = await openTokenWriter(folder, options);
    await rm(lockOf(folder)); // as a user may who believes it to be dead
    const second = await openTokenWriter(folder, options);
    await first.close();
    await refused(folder);
    await second.close();
  });

  test("a living process keeps it, a killed one does not", async () => {
    const folder = await newFolder();
    const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
    await writeLock(folder, { pid: child.pid });
    expect((await refused(folder)).holder?.pid).toBe(child.pid);
    child.kill("SIGKILL");
    await once(child, "exit");
    await opens(folder);
  });

  test.runIf(process.platform === "linux")(
    "a later process with the same number does not keep it",
    async () => {
      const folder = await newFolder();
      await writeLock(folder, { pid: process.ppid, start: "another boot 1" });
      await opens(folder);
    },
  );

  test("of another machine nothing is known", async () => {
    const folder = await newFolder();
    await writeLock(folder, { pid: 1, host: "elsewhere" });
    expect((await refused(folder)).message).toMatch(/on elsewhere.*delete .*\.writer\.lock/s);
  });

  test("half a lock keeps it only while it is new", async () => {
    const folder = await newFolder();
    await writeFile(lockOf(folder), '{"pid":');
    expect((await refused(folder)).holder).toBe(undefined);
    await utimes(lockOf(folder), new Date(0), new Date(0));
    await opens(folder);
  });

  test.each([0, -1])(
    "no process has the number %i, so that such a lock is no whole one",
    async (pid) => {
      const folder = await newFolder();
      await writeLock(folder, { pid });
      await utimes(lockOf(folder), new Date(0), new Date(0));
      await opens(folder);
    },
  );

  test("what is no file in the place of a lock is told", async () => {
    const folder = await newFolder();
    await mkdir(lockOf(folder));
    const opening = openTokenWriter(folder, options);
    await expect(opening).rejects.toThrow(SourceError);
    await expect(opening).rejects.toThrow(/EISDIR.*delete it/s);
    expect(await readdir(folder)).toEqual([".writer.lock"]);
  });

  test("any number at once, whatever lock was left: one gets it", async () => {
    const dead = spawn(process.execPath, ["--version"]);
    await once(dead, "exit");
    const left = fc.constantFrom(
      "nothing",
      "dead",
      "dead, and one died at taking it over",
      "alive",
    );
    await fc.assert(
      fc.asyncProperty(left, fc.integer({ min: 2, max: 6 }), async (lock, count) => {
        const folder = await newFolder();
        if (lock !== "nothing")
          await writeLock(folder, { pid: lock === "alive" ? process.pid : dead.pid });
        if (lock.includes("died"))
          await writeFile(`${lockOf(folder)}.next`, await readFile(lockOf(folder)));
        const all = await Promise.allSettled(
          Array.from({ length: count }, () => openTokenWriter(folder, options)),
        );
        const got = all.flatMap((one): TokenWriter[] =>
          one.status === "fulfilled" ? [one.value] : [],
        );
        expect(got.length).toBe(lock === "alive" ? 0 : 1);
        for (const one of all)
          if (one.status === "rejected") expect(one.reason).toBeInstanceOf(LockedError);
        for (const writer of got) await writer.finish();
        if (lock !== "alive") expect(await readdir(folder)).toEqual(["manifest.json"]);
      }),
      { numRuns: 25 },
    );
  });
});
