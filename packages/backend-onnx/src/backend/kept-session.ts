import type { SyncSession } from "../runtime/session.ts";
import type { Keeper, KeptMemory } from "./kept-memory.ts";

/** What a program needs of a session. */
export type Runnable = Pick<SyncSession, "run" | "release">;

/**
 * A session that keeps the `bytes` of a run for the next one as long as `memory` lets it: what it keeps ends with the session, which is
 * then loaded anew for the next run; `forget` is called when it ends. The first one is loaded at once, so that a bad model is found where it is compiled.
 */
export const keptSession = (
  load: () => Runnable,
  bytes: number,
  memory: KeptMemory,
  forget: () => void,
): Runnable => {
  let session: Runnable | undefined = load();
  const keeper: Keeper = {
    bytes,
    forget: () => {
      session?.release();
      session = undefined;
      forget();
    },
  };
  return {
    run: (feeds, fetches) => {
      memory.runs(keeper);
      session ??= load();
      session.run(feeds, fetches);
    },
    release: () => {
      memory.forget(keeper);
      keeper.forget();
    },
  };
};
