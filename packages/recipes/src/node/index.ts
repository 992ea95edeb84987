export {
  loadCheckpoint,
  readCheckpoint,
  saveCheckpoint,
  writeCheckpoint,
} from "./checkpoint-file.ts";
