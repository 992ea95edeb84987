import { ArgumentError } from "@adjoint/core";
import { SourceError } from "../errors.ts";
import type { ByteSource } from "./byte-source.ts";
import { readStream } from "./internal/read-stream.ts";
import { dropBytes, takeBytes } from "./internal/slice-stream.ts";

/** How an address is fetched. */
export type UrlOptions = {
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** How often in a row a request may fail before it is given up, 4 when absent. */
  readonly retries?: number;
  /** Milliseconds before the first repetition, doubled before each further one; 250 when absent. */
  readonly delay?: number;
  /** Sends requests in place of the global `fetch`. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
};

type Client = Required<UrlOptions> & { readonly url: string };

const refusal = (client: Client, rule: string, got: string, cause?: unknown): SourceError =>
  new SourceError(
    {
      operation: "urlSource",
      rule: `${client.url}: ${rule}`,
      got,
      fix: "check the address and the network",
    },
    { cause },
  );

const wait = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

const isPassing = (status: number): boolean => status === 408 || status === 429 || status >= 500;

/** What to do about a failed attempt: throws when it is final or the last, else waits. */
const beforeRetry = async (client: Client, failures: number, failure: unknown): Promise<void> => {
  if (failure instanceof SourceError) throw failure;
  if (failures > client.retries)
    throw refusal(
      client,
      `must answer within ${client.retries + 1} attempts`,
      String(failure),
      failure,
    );
  await wait(client.delay * 2 ** (failures - 1));
};

/** One request; passing failures throw a plain Error, final ones SourceError. */
const request = async (client: Client, init: RequestInit): Promise<Response> => {
  const response = await client.fetch(client.url, {
    ...init,
    headers: { ...client.headers, ...init.headers },
  });
  if (response.ok) return response;
  await response.body?.cancel();
  const got = `status ${response.status}`;
  if (isPassing(response.status)) throw new Error(got);
  throw refusal(client, "the server must have it", got);
};

const retrying = async <T>(client: Client, attempt: () => Promise<T>): Promise<T> => {
  for (let failures = 1; ; failures++) {
    try {
      return await attempt();
    } catch (failure) {
      await beforeRetry(client, failures, failure);
    }
  }
};

/** The body from `start`, for servers that do ranges and for those that do not. */
const bodyFrom = (response: Response, start: number): AsyncIterable<Uint8Array> => {
  if (response.body === null) return readStream(new Blob([]).stream());
  const body = readStream(response.body);
  return response.status === 206 || start === 0 ? body : dropBytes(body, start);
};

const rangeOf = (start: number, end?: number): RequestInit =>
  start === 0 && end === undefined
    ? {}
    : { headers: { Range: `bytes=${start}-${end === undefined ? "" : end - 1}` } };

/** What tells one version of a file from another. */
const versionOf = (response: Response): string | null =>
  response.headers.get("etag") ?? response.headers.get("last-modified");

/** Streams from `start`; a connection that breaks is taken up where it broke. */
async function* streamUrl(client: Client, start: number): AsyncGenerator<Uint8Array> {
  let at = start;
  let failures = 0;
  let version: string | null | undefined;
  for (;;) {
    try {
      const response = await request(client, rangeOf(at));
      if (version !== undefined && version !== versionOf(response)) {
        await response.body?.cancel();
        throw refusal(client, "must not change while it is read", `version ${versionOf(response)}`);
      }
      version = versionOf(response);
      for await (const piece of bodyFrom(response, at)) {
        at += piece.length;
        failures = 0;
        yield piece;
      }
      return;
    } catch (failure) {
      if (isPastEnd(failure)) return;
      await beforeRetry(client, ++failures, failure);
    }
  }
}

/** A range that begins at the end of the file is none to the server (status 416), and empty to us. */
const isPastEnd = (failure: unknown): boolean =>
  failure instanceof SourceError && failure.got === "status 416";

/** The answer to a question for the size; addresses within the page (blob:, data:) and some servers have no HEAD. */
const askSize = async (client: Client): Promise<Response> => {
  const get = async (): Promise<Response> => {
    const response = await request(client, {});
    await response.body?.cancel();
    return response;
  };
  if (!/^https?:/i.test(client.url)) return get();
  try {
    return await request(client, { method: "HEAD" });
  } catch (failure) {
    const isRefused = failure instanceof SourceError && /status (405|501)/.test(`${failure.got}`);
    if (isRefused) return get();
    throw failure;
  }
};

const sizeOfUrl = (client: Client): Promise<number | undefined> =>
  retrying(client, async () => {
    const { headers } = await askSize(client);
    const length = headers.get("content-length");
    // of a compressed transfer it is another length than that of the bytes that arrive
    return length === null || headers.get("content-encoding") !== null ? undefined : Number(length);
  });

const sliceUrl = (client: Client, start: number, end: number): Promise<Uint8Array> =>
  retrying(client, async () => {
    try {
      const response = await request(client, rangeOf(start, end));
      return await takeBytes(bodyFrom(response, start), end - start);
    } catch (failure) {
      if (isPastEnd(failure)) return new Uint8Array(0);
      throw failure;
    }
  });

/**
 * A file at an address. Reads parts by ranges where the server has them; repeats requests that fail for a passing reason
 * (network, status 408, 429, 5xx) with growing pauses, and goes on where a connection broke. Readers get SourceError for
 * other answers, after the last repetition, and for a file that changes while it is read.
 */
export const urlSource = (url: string | URL, options: UrlOptions = {}): ByteSource => {
  const { headers = {}, retries = 4, delay = 250 } = options;
  if (!Number.isSafeInteger(retries) || retries < 0 || !(delay >= 0))
    throw new ArgumentError({
      operation: "urlSource",
      rule: "retries must be a whole number and delay a number, both of at least 0",
      got: `${retries} and ${delay}`,
    });
  const send = options.fetch ?? ((to: string, init: RequestInit) => fetch(to, init));
  const client: Client = { url: String(url), headers, retries, delay, fetch: send };
  return {
    name: client.url,
    size: () => sizeOfUrl(client),
    stream: (start = 0) => streamUrl(client, start),
    slice: (start, end) =>
      end <= start ? Promise.resolve(new Uint8Array(0)) : sliceUrl(client, start, end),
  };
};
