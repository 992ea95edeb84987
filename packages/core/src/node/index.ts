export { errorCode } from "./error-code.ts";
export { syncFolder, writeAtomically } from "./write-atomically.ts";
