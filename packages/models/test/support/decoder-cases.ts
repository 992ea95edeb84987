import {
  argmax,
  concatenate,
  cumsum,
  jit,
  maximum,
  type Tensor,
  tensor,
  zeros,
} from "@adjoint/core";
import {
  decoder,
  type DecoderConfig,
  type DecoderFamily,
  type DecoderParams,
  deepseek,
  gpt2,
  llama,
  loadParams,
  mistral,
  mixtral,
  nanochat,
  nanochatOwn,
  qwen2,
  qwen3,
} from "@adjoint/models";
import { checkpoint } from "./checkpoint.ts";
import { expectCase, must } from "./expect-case.ts";

/** nanochat's own model with the narrow windows of the fixture, which its files cannot say. */
const narrow: DecoderFamily = {
  ...nanochatOwn,
  configFromJson: (json) => {
    const read = nanochatOwn.configFromJson(json);
    const window = (json as { readonly window?: number }).window;
    if (read._tag === "Left" || window === undefined) return read;
    const windows = read.right.windows.map((own) => (own === undefined ? own : window));
    return { _tag: "Right", right: { ...read.right, windows } };
  },
  configToJson: (config) => {
    const wide = config.windows.map((own) => (own === undefined ? own : 129));
    const [window] = config.windows;
    return { ...nanochatOwn.configToJson({ ...config, windows: wide }), window };
  },
};

/** Checkpoints of decoders and their families. */
export const families: Readonly<Record<string, DecoderFamily>> = {
  gpt2,
  "gpt2-untied": gpt2,
  llama,
  llama3: llama,
  "llama-yarn": llama,
  "llama-dynamic": llama,
  mistral,
  mixtral,
  deepseek,
  qwen2,
  qwen3,
  nanochat,
  "nanochat-own": narrow,
};

/** A decoder of the fixtures. */
export type Loaded = { readonly config: DecoderConfig; readonly params: DecoderParams };

/** Reads it. */
export const load = async (name: string): Promise<Loaded> => {
  const { config: json, source } = checkpoint(name);
  const family = families[name]!;
  const config = must(family.configFromJson(json));
  const params = must(await loadParams<DecoderParams>(family.weights(config), source));
  return { config, params };
};

/** Ids as they are taken. */
export const int = (x: Tensor): Tensor => x.cast("int32");

/** As transformers has it: every token goes in, and the last has no target. */
const lossOf = (params: DecoderParams, ids: Tensor, config: DecoderConfig): Tensor => {
  const [rows = 0, length = 0] = ids.shape;
  const end = zeros([rows, 1], { dtype: "int32" }).sub(100);
  const targets = concatenate([ids.slice([0, 1], [rows, length]), end], 1);
  return decoder.loss(params, ids, targets, config, { ignoreIndex: -100 });
};

/** The best next token of each row. */
export const greedy = async (logits: Tensor): Promise<readonly number[]> => {
  const last = logits.slice([0, logits.shape[1]! - 1, 0], [...logits.shape]);
  return Array.from(await argmax(last.reshape([logits.shape[0]!, -1]), -1).data());
};

/** Continues ids (B, T) with a cache, one token after the other. */
export const continued = async (
  { config, params }: Loaded,
  ids: Tensor,
  count: number,
  mask?: Tensor,
): Promise<readonly (readonly number[])[]> => {
  const [batch = 1, length = 0] = ids.shape;
  const run = jit(
    (
      own: DecoderParams,
      cache: ReturnType<typeof decoder.cache>,
      next: Tensor,
      positionIds: Tensor,
      valid: Tensor,
    ) => decoder.applyCached(own, cache, next, config, { positionIds, valid }),
  );
  const valid = (mask ?? ids.mul(0).add(1)).cast("bool");
  const counts = Array.from(await valid.cast("int32").sum(-1).data());
  const first = maximum(cumsum(valid.cast("int32"), -1).sub(1), 0);
  let [logits, cache] = run(
    params,
    decoder.cache(config, { lead: [batch], capacity: length + count }),
    ids,
    first,
    valid,
  );
  const rows: number[][] = Array.from({ length: batch }, () => []);
  for (let step = 0; step < count; step++) {
    const tokens = await greedy(logits);
    tokens.forEach((token, row) => rows[row]!.push(token));
    const positions = counts.map((n) => [n + step]);
    [logits, cache] = run(
      params,
      cache,
      tensor(
        tokens.map((t) => [t]),
        { dtype: "int32" },
      ),
      tensor(positions, { dtype: "int32" }),
      tensor(tokens.map(() => [true])),
    );
  }
  return rows;
};

/** The scores, the loss and every gradient of transformers. */
export const expectDecoder = async (name: string): Promise<void> => {
  const { config, params } = await load(name);
  const ids = int(checkpoint(name).expected("ids"));
  const results = (p: DecoderParams) =>
    [lossOf(p, ids, config), { logits: decoder.apply(p, ids, config) }] as const;
  return expectCase(name, { params, map: families[name]!.weights(config), results });
};
