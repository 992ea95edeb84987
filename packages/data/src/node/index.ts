export { fileSource } from "./file-source.ts";
export { cacheOnDisk } from "./cache-on-disk.ts";
export { fromModule, type FromModuleOptions } from "./from-module.ts";
export { serveDataset } from "./serve-dataset.ts";
export { folder, type FolderFile, type FolderOptions } from "./folder.ts";
// token stores
export {
  openTokenWriter,
  type TokenWriter,
  type TokenWriterOptions,
} from "./token-store/open-token-writer.ts";
export { readRawTokens, readTokenStore } from "./token-store/read-token-store.ts";
