import { SourceError } from "../errors.ts";
import type { RandomBytes } from "./random-bytes.ts";

/** Settings of `fetchBytes`. */
export type FetchBytesOptions = {
  /** Goes into every request: headers, credentials, a signal that stops them. */
  readonly init?: RequestInit;
  /** Replaces the global `fetch`. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
};

const fail = (url: string, rule: string, got: string): SourceError =>
  new SourceError({
    operation: "fetchBytes",
    rule: `${url}: ${rule}`,
    got,
    fix: "serve the file as it is, by a server that answers range requests",
  });

/** The size that `Content-Range: bytes 0-0/SIZE` tells. */
const sizeIn = (response: Response): number => {
  const size = Number(/\/(\d+)$/.exec(response.headers.get("content-range") ?? "")?.[1] ?? "x");
  return Number.isSafeInteger(size) ? size : -1;
};

/**
 * Bytes of a URL, read by HTTP range requests: never more than is asked for. Rejects with SourceError when the server
 * refuses, or does not answer ranges, and a read does when the file is another one than before.
 */
export const fetchBytes = async (
  url: string,
  { init = {}, fetch = globalThis.fetch }: FetchBytesOptions = {},
): Promise<RandomBytes> => {
  const ask = async (first: number, last: number): Promise<Response> => {
    const headers = new Headers(init.headers);
    headers.set("range", `bytes=${first}-${last}`);
    const response = await fetch(url, { ...init, headers }).catch((cause: unknown) => {
      const failure = fail(url, "must be reachable", String(cause));
      throw new SourceError(
        { operation: "fetchBytes", rule: failure.rule, got: String(cause) },
        { cause },
      );
    });
    if (response.status === 206) return response;
    await response.body?.cancel();
    throw fail(url, "must answer a range request with status 206", `${response.status}`);
  };
  const probe = await ask(0, 0);
  const size = sizeIn(probe);
  await probe.body?.cancel();
  if (size < 0) throw fail(url, "must tell its size", String(probe.headers.get("content-range")));
  const read = async (start: number, end: number): Promise<Uint8Array> => {
    if (end <= start) return new Uint8Array();
    const response = await ask(start, end - 1);
    if (sizeIn(response) !== size)
      throw fail(
        url,
        `must stay as it was, ${size} bytes`,
        String(response.headers.get("content-range")),
      );
    return new Uint8Array(await response.arrayBuffer());
  };
  return { name: url, size, read, close: () => Promise.resolve() };
};
