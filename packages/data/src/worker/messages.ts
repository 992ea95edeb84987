import type { DatasetState } from "../dataset/dataset.ts";

/** What a worker is asked: to start from a state, or for so many items more. */
export type WorkerRequest =
  | { readonly kind: "open"; readonly state: DatasetState }
  | { readonly kind: "pull"; readonly count: number };

/** What a worker answers: an item, the end, or what went wrong. */
export type WorkerAnswer =
  | { readonly kind: "item"; readonly value: unknown; readonly state: DatasetState }
  | { readonly kind: "end" }
  | { readonly kind: "failure"; readonly got: string };
