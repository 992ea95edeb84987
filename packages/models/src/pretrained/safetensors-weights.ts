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

/** The files of a checkpoint by their names. */
type Shards = ReadonlyMap<string, WeightSource>;

const openShards = async (
  files: readonly string[],
  openFile: OpenFile,
): Promise<Either<PretrainedError, Shards>> => {
  const problems: string[] = [];
  const sources = new Map<string, WeightSource>();
  for (const name of files) {
    const file = isPlain(name) ? await openFile(name) : undefined;
    const opened = file === undefined ? undefined : await openOne(name, file);
    if (opened?._tag === "Right") sources.set(name, opened.right);
    else
      problems.push(opened?._tag === "Left" ? opened.left.problems.join() : `${name}: not there`);
  }
  return problems.length > 0
    ? left(refused("the files that the index names must be there", problems))
    : right(sources);
};

/** Where files and their index do not agree: every array is in one file, those of the index where it says. */
const disagreements = (index: ReadonlyMap<string, string>, shards: Shards): readonly string[] => {
  const holders = new Map<string, string[]>();
  for (const [file, { tensors }] of shards)
    for (const name of tensors.keys()) holders.set(name, [...(holders.get(name) ?? []), file]);
  const twice = [...holders].flatMap(([name, files]) =>
    files.length > 1 ? [`${name}: in ${files.join(" and in ")}`] : [],
  );
  const elsewhere = [...index].flatMap(([name, file]) => {
    const files = holders.get(name) ?? [];
    if (files.includes(file)) return [];
    return [
      files.length === 0 ? `${name}: missing` : `${name}: not in ${file}, but in ${files[0]}`,
    ];
  });
  return [...twice, ...elsewhere];
};

const indexName = "model.safetensors.index.json";

const openIndex = async (
  file: ByteRanges,
  openFile: OpenFile,
): Promise<Either<PretrainedError, WeightSource>> => {
  const index = await parseIndex(file);
  if (index === undefined || index.size === 0) {
    const problem = index === undefined ? "is not such JSON" : "weight_map: has no names";
    return left(refused("the index must map names to files", [`${indexName}: ${problem}`]));
  }
  const shards = await openShards([...new Set(index.values())].toSorted(), openFile);
  if (shards._tag === "Left") return shards;
  const problems = disagreements(index, shards.right);
  return problems.length > 0
    ? left(refused("the files must hold what the index says", problems))
    : right(joinSources([...shards.right.values()]));
};

/**
 * The arrays of a checkpoint as Hugging Face writes it, one file or several with an index; only headers are read. `openFile` opens
 * a file by its name: from a folder (`openFolder` of `@adjoint/models/node`), from addresses or from Blobs. Left lists what is wrong:
 * files that are not there, arrays that two of them have, and those that are not where the index says.
 */
export const openWeights = async (
  openFile: OpenFile,
): Promise<Either<PretrainedError, WeightSource>> => {
  const name = "model.safetensors";
  const single = await openFile(name);
  if (single !== undefined) return openOne(name, single);
  const index = await openFile(indexName);
  return index === undefined
    ? left(refused("a checkpoint must have weights", [`${name}: not there, and no index either`]))
    : openIndex(index, openFile);
};
