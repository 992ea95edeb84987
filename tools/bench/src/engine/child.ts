import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Footprint, Session, Timed } from "./engine.ts";

/** Starts a process that speaks the protocol of host.ts and waits until its engine is prepared. */
export const startChild = async (
  name: string,
  command: string,
  args: readonly string[],
): Promise<Session> => {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"] });
  let errors = "";
  child.stderr.on("data", (chunk) => (errors = (errors + String(chunk)).slice(-2000)));
  child.stdin.on("error", () => undefined); // the process is gone: receive says so
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();

  const receive = async <T extends object>(): Promise<T> => {
    for (;;) {
      const { done, value } = await lines.next();
      if (done) throw new Error(`${name}: the process ended early\n${errors}`);
      if (!value.startsWith("@bench ")) continue;
      const message: T & { failed?: string } = JSON.parse(value.slice("@bench ".length));
      if (message.failed !== undefined) throw new Error(message.failed);
      return message;
    }
  };
  const send = (message: object): void => void child.stdin.write(`${JSON.stringify(message)}\n`);

  const { prepareSeconds, adapter } = await receive<{ prepareSeconds: number; adapter?: string }>();
  return {
    name,
    ...(adapter === undefined ? {} : { adapter }),
    prepareSeconds,
    run: (count) => {
      send({ run: count });
      return receive<Timed>();
    },
    turnTo: async (task) => {
      send({ task });
      await receive<{ prepareSeconds: number }>();
    },
    end: async () => {
      send({ end: true });
      const footprint = await receive<Footprint>();
      child.stdin.end();
      return footprint;
    },
  };
};
