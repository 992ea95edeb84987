export { doctest, filesWithFences } from "./plugin.ts";
