export { ConformanceError } from "./checks/values.ts";
export {
  type BackendOptions,
  runConformance,
  runReferenceSuite,
  type Suite,
} from "./run-conformance.ts";
export type { Arg, Case, Program, Row } from "./row.ts";
export { table } from "./table/index.ts";
export { primitivesOf } from "./coverage.ts";
