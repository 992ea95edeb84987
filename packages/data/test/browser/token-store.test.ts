import { blobSource, encodeShard, openTokenShard, openTokenStore, urlSource } from "@adjoint/data";
import { expect, test } from "vitest";

const shards = [[[1, 2, 3], [4]], [[5, 6]]].map((documents) => encodeShard(documents, "uint16"));

const fileOf = (i: number): Blob => new Blob([Uint8Array.from(shards[i] ?? [])]);

test("reads shards that a user chose", async () => {
  const store = openTokenStore(
    {
      format: "adjoint-tokens",
      version: 1,
      dtype: "uint16",
      shards: [
        { file: "0", tokens: 4, documents: 2 },
        { file: "1", tokens: 2, documents: 1 },
      ],
      metadata: {},
    },
    (file) => blobSource(fileOf(Number(file))),
  );
  expect([...(await store.tokens(2, 3))]).toEqual([3, 4, 5]);
  expect([...(await store.document(2))]).toEqual([5, 6]);
  await store.verify();
});

/** A server that knows ranges. */
const serve = async (_: string, init: RequestInit): Promise<Response> => {
  const blob = fileOf(0);
  if (init.method === "HEAD")
    return new Response(null, { headers: { "content-length": `${blob.size}` } });
  const range = new Headers(init.headers).get("range") ?? "bytes=0-";
  const [first = 0, last = 0] = range.slice("bytes=".length).split("-").map(Number);
  return new Response(blob.slice(first, last + 1), { status: 206 });
};

test("reads a shard from an address by ranges", async () => {
  const store = await openTokenShard(urlSource("https://localhost/x", { fetch: serve }));
  expect([...(await store.document(0))]).toEqual([1, 2, 3]);
  await store.verify();
});
