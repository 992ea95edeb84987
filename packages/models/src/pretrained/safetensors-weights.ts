import { type ByteRanges, open, SafetensorsError } from "@adjoint/core/safetensors";
import { z } from "zod";
import { type Either, left, right } from "@adjoint/core/either";
import { PretrainedError } from "./pretrained-error.ts";
import { joinSources, type WeightSource } from "./weight-source.ts";

/** Opens a file of a checkpoint by its name, or says that it is not there. */
export type OpenFile = (name: string) => Promise<ByteRanges | undefined>;

const indexSchema = z.object({ weight_map: z.record(z.string(), z.string()) });

const refused = (rule: string, problems: readonly string[], cause?: unknown): PretrainedError =>
  new PretrainedError("openWeights", rule, problems, { cause });

const openOne = async (
  name: string,
  file: ByteRanges,
): Promise<Either<PretrainedError, WeightSource>> => {
  try {
    return right(await open(file));
  } catch (error) {
    if (!(error instanceof SafetensorsError)) throw error;
    return left(
      refused("every file must be a safetensors file", [`${name}: ${error.message}`], error),
    );
  }
};

const parseIndex = async (file: ByteRanges): Promise<ReadonlyMap<string, string> | undefined> => {
  try {
    const text = new TextDecoder().decode(await file.read(0, file.size));
    return new Map(Object.entries(indexSchema.parse(JSON.parse(text)).weight_map));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return undefined;
    throw error;
  }
};

/** Names must not lead out of the folder. */
const isPlain = (name: string): boolean => /^[^/\\]+$/.test(name) && name !== "..";

const openShards = async (
  files: readonly string[],
  openFile: OpenFile,
): Promise<Either<PretrainedError, readonly WeightSource[]>> => {
  const problems: string[] = [];
  const sources: WeightSource[] = [];
  for (const name of files) {
    const file = isPlain(name) ? await openFile(name) : undefined;
    const opened = file === undefined ? undefined : await openOne(name, file);
    if (opened?._tag === "Right") sources.push(opened.right);
    else
      problems.push(opened?._tag === "Left" ? opened.left.problems.join() : `${name}: not there`);
  }
  return problems.length > 0
    ? left(refused("the files that the index names must be there", problems))
    : right(sources);
};

const openIndex = async (
  file: ByteRanges,
  openFile: OpenFile,
): Promise<Either<PretrainedError, WeightSource>> => {
  const index = await parseIndex(file);
  if (index === undefined)
    return left(
      refused("the index must map names to files", [
        "model.safetensors.index.json: is not such JSON",
      ]),
    );
  const shards = await openShards([...new Set(index.values())].toSorted(), openFile);
  if (shards._tag === "Left") return shards;
  const joined = joinSources(shards.right);
  const missing = [...index.keys()].filter((name) => !joined.tensors.has(name));
  return missing.length > 0
    ? left(
        refused(
          "the files must hold what the index says",
          missing.map((name) => `${name}: missing`),
        ),
      )
    : right(joined);
};

/**
 * The arrays of a checkpoint as Hugging Face writes it, one file or several with an index; only headers are read. `openFile` opens
 * a file by its name: from a folder (`openFolder` of `@adjoint/models/node`), from addresses or from Blobs.
 */
export const openWeights = async (
  openFile: OpenFile,
): Promise<Either<PretrainedError, WeightSource>> => {
  const name = "model.safetensors";
  const single = await openFile(name);
  if (single !== undefined) return openOne(name, single);
  const index = await openFile(`${name}.index.json`);
  return index === undefined
    ? left(refused("a checkpoint must have weights", [`${name}: not there, and no index either`]))
    : openIndex(index, openFile);
};
