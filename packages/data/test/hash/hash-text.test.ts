import { createHash } from "node:crypto";
import { contentHash, hash32, hash64 } from "@adjoint/data";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyString } from "../any-string.ts";
import fixture from "../dedup/fixtures/near-duplicates.json" with { type: "json" };

const nodeHash = (text: string): string =>
  createHash("sha1").update(text, "utf8").digest("hex").slice(0, 32);

describe("contentHash", () => {
  test("is the head of Node's SHA-1 at every length around the blocks", () => {
    const text = "aé🙂".repeat(200);
    for (let length = 0; length < 400; length++) {
      expect(contentHash(text.slice(0, length))).toBe(nodeHash(text.slice(0, length)));
    }
  });

  test("is the head of Node's SHA-1 for any string, lone surrogates included", () => {
    fc.assert(
      fc.property(anyString(300), (text) => {
        expect(contentHash(text)).toBe(nodeHash(text));
      }),
    );
    expect(contentHash("\ud800a")).toBe(nodeHash("\ufffda"));
  });

  test("takes megabytes", () => {
    const text = "x".repeat(3_000_001);
    expect(contentHash(text)).toBe(nodeHash(text));
  });
});

describe("hash32 and hash64", () => {
  test.each(fixture.hashes)(
    "are those of datasketch for $text",
    ({ text, hash32: h32, hash64: h64 }) => {
      expect(hash32(text)).toBe(h32);
      const { high, low } = hash64(text);
      expect(String(BigInt(high) * 2n ** 32n + BigInt(low))).toBe(h64);
    },
  );
});
