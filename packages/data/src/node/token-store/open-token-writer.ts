import { ArgumentError } from "@adjoint/core";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { DatasetState } from "../../dataset/dataset.ts";
import { DataError } from "../../errors.ts";
import { type TokenDType, tokenBytes } from "../../tokens/token-dtype.ts";
import type { OpenShard, ShardEntry, TokenManifest } from "../../tokens/token-manifest.ts";
import { checkCursor, checkWriterOptions, encodeDocument } from "./check-writer-arguments.ts";
import { inTurn } from "./in-turn.ts";
import { lockFolder, type Unlock } from "./lock-folder.ts";
import { openShardDraft, removeDraft, repairDraft, type ShardDraft } from "./shard-draft.ts";
import { readManifest, writeManifest } from "./write-manifest.ts";

/** Settings of `openTokenWriter`. */
export type TokenWriterOptions = {
  /** uint16 for vocabularies of up to 65536 tokens. */
  readonly dtype: TokenDType;
  /** A shard is closed before it would hold more; 100 million when absent. A longer document is a shard of its own. */
  readonly shardTokens?: number;
  /** Facts that go into the manifest: the tokenizer, the source, the licence. */
  readonly metadata?: Readonly<Record<string, string>>;
};

/** Adds documents to a store. What is asked for before an earlier call has ended waits for its turn. */
export type TokenWriter = {
  /** Documents in the store, those that are not yet saved included: where the source has to go on. */
  readonly documents: () => number;
  /** Tokens in the store. */
  readonly tokens: () => number;
  /** The cursor of the last document. */
  readonly cursor: () => DatasetState;
  /** What opening had to repair: nothing, unsaved ends that were cut off, or a damaged last shard that was dropped. */
  readonly repaired: "nothing" | "cut off" | "dropped";
  /** Adds a document. `cursor` says where its source stands after it, and comes back when the writer is opened again. */
  readonly append: (document: ArrayLike<number>, cursor?: DatasetState) => Promise<void>;
  /** Forces to disk what was added, so that a crash loses nothing of it; `cursor` replaces that of the last document. */
  readonly save: (cursor?: DatasetState) => Promise<void>;
  /** Closes the last shard, the manifest and the writer. */
  readonly finish: () => Promise<TokenManifest>;
  /** Frees the files and the folder without saving. */
  readonly close: () => Promise<void>;
};

const nameOf = (i: number): string => `${String(i).padStart(5, "0")}.tokens`;
const ours = /^\d{5,}\.tokens(\.partial|\.lengths\.partial)?$/;

const emptyDraft = (i: number): OpenShard => ({
  file: nameOf(i),
  tokens: 0,
  documents: 0,
  tokensCrc: 0,
});

/** Removes what an earlier writer left that no manifest knows. */
const removeUnknown = async (folder: string, manifest: TokenManifest): Promise<void> => {
  const open = manifest.open?.file;
  const known = new Set([
    ...manifest.shards.map(({ file }) => file),
    ...(open === undefined ? [] : [`${open}.partial`, `${open}.lengths.partial`]),
  ]);
  for (const file of await readdir(folder))
    if (ours.test(file) && !known.has(file)) await rm(join(folder, file), { force: true });
};

const fresh = (options: TokenWriterOptions): TokenManifest => ({
  format: "adjoint-tokens",
  version: 1,
  dtype: options.dtype,
  shards: [],
  metadata: options.metadata ?? {},
});

const checkSame = (folder: string, found: TokenManifest, options: TokenWriterOptions): void => {
  if (found.dtype === options.dtype) return;
  throw new DataError(
    {
      operation: "openTokenWriter",
      rule: `the store holds ${found.dtype}`,
      got: options.dtype,
      fix: "go on with the dtype of the store, or write to another folder",
    },
    { source: folder },
  );
};

type Found = {
  readonly manifest: TokenManifest;
  readonly open: OpenShard | undefined;
  readonly cursor: DatasetState;
  readonly repaired: TokenWriter["repaired"];
};

/** What is safe in a folder, brought into order. */
const recover = async (folder: string, options: TokenWriterOptions): Promise<Found> => {
  const manifest = (await readManifest(folder)) ?? fresh(options);
  checkSame(folder, manifest, options);
  const { open } = manifest;
  const whole = open === undefined || (await repairDraft(folder, manifest.dtype, open));
  await removeUnknown(folder, manifest);
  if (whole) {
    const repaired = open === undefined ? "nothing" : "cut off";
    return { manifest, open, cursor: manifest.cursor ?? null, repaired };
  }
  await removeDraft(folder, open.file);
  return { manifest, open: undefined, cursor: manifest.shardsCursor ?? null, repaired: "dropped" };
};

type Opened = {
  readonly found: Found;
  readonly draft: ShardDraft | undefined;
  readonly unlock: Unlock;
};

/** The lock of a folder, and what is safe in it. */
const openFolder = async (folder: string, options: TokenWriterOptions): Promise<Opened> => {
  await mkdir(folder, { recursive: true });
  const unlock = await lockFolder(folder);
  try {
    const found = await recover(folder, options);
    const { manifest, open } = found;
    const draft = open && (await openShardDraft(folder, manifest.dtype, open));
    return { found, draft, unlock };
  } catch (error) {
    await unlock();
    throw error;
  }
};

const checkOpen = (isOpen: boolean): void => {
  if (isOpen) return;
  throw new ArgumentError({
    operation: "openTokenWriter",
    rule: "a writer that was finished or closed takes nothing more",
    fix: "open another one",
  });
};

const total = (shards: readonly ShardEntry[], of: "documents" | "tokens"): number =>
  shards.reduce((sum, shard) => sum + shard[of], 0);

/** Writes what was checked, one call at a time. */
type BareWriter = Omit<TokenWriter, "append"> & {
  readonly append: (document: Uint8Array, cursor: DatasetState) => Promise<void>;
};

const writerIn = (
  folder: string,
  { shardTokens = 100_000_000, metadata: added }: TokenWriterOptions,
  { found, draft: firstDraft, unlock }: Opened,
): BareWriter => {
  const { dtype } = found.manifest;
  const metadata = { ...found.manifest.metadata, ...added };
  let shards = found.manifest.shards;
  let { cursor } = found;
  let shardsCursor = found.manifest.shardsCursor ?? null;
  let draft = firstDraft;
  let isOpen = true;

  const manifest = (open?: OpenShard): TokenManifest => ({
    format: "adjoint-tokens",
    version: 1,
    dtype,
    shards,
    metadata,
    cursor,
    shardsCursor,
    ...(open === undefined ? {} : { open }),
  });
  const finishShard = async (): Promise<void> => {
    if (draft === undefined) return;
    const file = nameOf(shards.length);
    await draft.finish();
    shards = [...shards, { file, tokens: draft.tokens(), documents: draft.documents() }];
    shardsCursor = cursor;
    draft = undefined;
    await writeManifest(folder, manifest());
    await removeDraft(folder, file);
  };
  return {
    documents: () => total(shards, "documents") + (draft?.documents() ?? 0),
    tokens: () => total(shards, "tokens") + (draft?.tokens() ?? 0),
    cursor: () => cursor,
    repaired: found.repaired,
    append: async (document, next) => {
      checkOpen(isOpen);
      const length = document.length / tokenBytes(dtype);
      if (draft !== undefined && draft.tokens() + length > shardTokens) await finishShard();
      draft ??= await openShardDraft(folder, dtype, emptyDraft(shards.length));
      await draft.append(document);
      cursor = next;
    },
    save: async (next = cursor) => {
      checkOpen(isOpen);
      cursor = next;
      await writeManifest(folder, manifest(await draft?.flush()));
    },
    finish: async () => {
      checkOpen(isOpen);
      await finishShard();
      await writeManifest(folder, manifest());
      isOpen = false;
      await unlock();
      return manifest();
    },
    close: async () => {
      if (!isOpen) return;
      isOpen = false;
      try {
        await draft?.close();
      } finally {
        await unlock();
      }
    },
  };
};

/**
 * Writes documents into shards in a folder, and goes on with what an earlier writer left there: after a crash everything
 * up to the last `save` is there, the rest is cut off, and `documents()` and `cursor()` say where to go on. Finished
 * shards get their name in one step, and the manifest is replaced in one step, so readers never see half of anything.
 * A last shard that is shorter than the manifest says, or has another checksum, is dropped, and `cursor` is that of the
 * shard before. A folder has one writer at a time: until `finish` or `close` a lock file keeps others out, of other processes too; that
 * of a process that is gone is taken over. Rejects with LockedError where there is another writer, DataError for a bad manifest or
 * another dtype, ArgumentError for settings, documents and cursors that it cannot write.
 *
 * ```ts doctest
 * import { mkdtemp } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { openTokenWriter, readTokenStore } from "@adjoint/data/node";
 * const folder = await mkdtemp(join(tmpdir(), "adjoint-"));
 * const writer = await openTokenWriter(folder, { dtype: "uint16" });
 * await writer.append([1, 2, 3]);
 * await writer.append([4, 5]);
 * await writer.finish();
 * const store = await readTokenStore(folder);
 * store.documentCount; // => 2
 * [...(await store.document(1))]; // => [4, 5]
 * await store.close();
 * ```
 */
export const openTokenWriter = async (
  folder: string,
  options: TokenWriterOptions,
): Promise<TokenWriter> => {
  checkWriterOptions(options);
  const opened = await openFolder(folder, options);
  const writer = writerIn(folder, options, opened);
  const queued = inTurn();
  return {
    ...writer,
    append: async (document, cursor = null) => {
      const bytes = encodeDocument(document, options.dtype);
      checkCursor(cursor);
      await queued(() => writer.append(bytes, cursor));
    },
    save: async (cursor) => {
      if (cursor !== undefined) checkCursor(cursor);
      await queued(() => writer.save(cursor));
    },
    finish: () => queued(writer.finish),
    close: () => queued(writer.close),
  };
};
