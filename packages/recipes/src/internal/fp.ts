// The one place that imports fp-ts: its root barrel is what works in Node and in bundles alike.
export { either as E, function as F, taskEither as TE } from "fp-ts";
