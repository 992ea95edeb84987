import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { ArgumentError } from "@adjoint/core";
import { collect, SourceError, textLines, urlSource } from "@adjoint/data";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { resumesEverywhere } from "../formats/support.ts";

const text = Array.from({ length: 500 }, (_, i) => `line ${i}`).join("\n");
const data = new TextEncoder().encode(text);

/** What the server does wrong, by path; each fault happens a number of times. */
const faults = new Map<string, number>();
const requests: string[] = [];
let server: Server;
let root = "";

const takeFault = (path: string): boolean => {
  const left = faults.get(path) ?? 0;
  faults.set(path, left - 1);
  return left > 0;
};

beforeAll(async () => {
  server = createServer((request, response) => {
    const path = request.url ?? "";
    requests.push(`${request.method} ${path} ${request.headers.range ?? ""}`.trim());
    if (path === "/gone") return void response.writeHead(404).end();
    if (path === "/busy" && takeFault(path)) return void response.writeHead(503).end();
    if (path === "/no-head" && request.method === "HEAD") return void response.writeHead(405).end();
    if (path === "/down") return void response.writeHead(500).end();
    const range = /bytes=(\d+)-(\d*)/.exec(request.headers.range ?? "");
    const etag = path === "/changing" ? `"${requests.length}"` : '"1"';
    const isRanged = range !== null && path !== "/whole";
    const start = isRanged ? Number(range[1]) : 0;
    const end = isRanged && range[2] !== "" ? Number(range[2]) + 1 : data.length;
    if (isRanged && start >= data.length) return void response.writeHead(416).end();
    const part = data.subarray(start, end);
    response.writeHead(isRanged ? 206 : 200, { "content-length": part.length, etag });
    if (request.method === "HEAD") return void response.end();
    if ((path === "/breaking" || path === "/changing") && takeFault(path)) {
      response.write(part.subarray(0, part.length >> 1));
      return void setTimeout(() => response.destroy(), 10);
    }
    response.end(part);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  root = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => void server.close());

const source = (path: string) => urlSource(root + path, { delay: 1, retries: 3 });

describe("addresses", () => {
  it("streams from any place, and slices", async () => {
    for (const path of ["/ranges", "/whole", "/no-head"]) {
      expect(await source(path).size()).toBe(data.length);
      expect(await source(path).slice(10, 20)).toEqual(data.slice(10, 20));
      expect(await source(path).slice(data.length, data.length + 5)).toEqual(new Uint8Array(0));
      expect(await source(path).slice(5, 5)).toEqual(new Uint8Array(0));
      expect(await collect(textLines(source(path)))).toEqual(text.split("\n"));
    }
    const iterator = textLines(source("/ranges")).open();
    for (let i = 0; i < 100; i++) await iterator.next();
    const state = iterator.state();
    await iterator.return();
    expect(await collect(textLines(source("/ranges")).open(state))).toEqual(
      text.split("\n").slice(100),
    );
    expect(requests).toContain(`GET /ranges bytes=${(state as { byte: number }).byte}-`);
    await resumesEverywhere(() => textLines(urlSource("data:text/plain,a%0Ab%0Ac")));
  });

  it("goes on where a connection breaks", async () => {
    faults.set("/breaking", 3);
    expect(await collect(textLines(source("/breaking")))).toEqual(text.split("\n"));
    expect(requests.filter((line) => line.startsWith("GET /breaking")).length).toBe(4);
  });

  it("tries again when a failure may pass, and gives up in the end", async () => {
    faults.set("/busy", 2);
    expect(await source("/busy").slice(0, 4)).toEqual(data.slice(0, 4));
    await expect(collect(textLines(source("/down")))).rejects.toThrow(/within 4 attempts.*500/);
    expect(requests.filter((line) => line === "GET /down").length).toBe(4);
    await expect(collect(textLines(source("/gone")))).rejects.toThrow(SourceError);
    expect(requests.filter((line) => line === "GET /gone").length).toBe(1);
  });

  it("notices that a file changed between two attempts", async () => {
    faults.set("/changing", 1);
    await expect(collect(textLines(source("/changing")))).rejects.toThrow(/must not change/);
  });

  it("refuses bad settings", () => {
    expect(() => urlSource(root, { retries: -1 })).toThrow(ArgumentError);
    expect(() => urlSource(root, { delay: Number.NaN })).toThrow(ArgumentError);
  });
});
