export { fileRanges } from "./file-ranges.ts";
export { type Folder, openFolder } from "./open-folder.ts";
export { saveFolder } from "./save-folder.ts";
