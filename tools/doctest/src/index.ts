export { documentedFiles } from "./documented-files.ts";
export { doctest } from "./plugin.ts";
