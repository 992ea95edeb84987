// Saves one state after the other until it is killed: node saver.ts PATH
import { tensor } from "@adjoint/core";
import { saveCheckpoint } from "@adjoint/recipes/node";

const path = process.argv[2] ?? "";
const size = Number(process.argv[3] ?? 100_000);
const times = Number(process.argv[4] ?? Number.POSITIVE_INFINITY);
for (let i = 0; i < times; i++) {
  // every number of the file is the number of its save
  await saveCheckpoint(path, { w: tensor(new Array<number>(size).fill(i)), step: tensor(i) });
  process.stdout.write(`${i}\n`);
}
