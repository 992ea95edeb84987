export type { Dataset, DatasetIterator, DatasetState } from "./dataset/dataset.ts";
