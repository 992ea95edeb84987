export { syncFolder, writeAtomically } from "./write-atomically.ts";
