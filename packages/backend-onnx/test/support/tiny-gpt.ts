import {
  gelu,
  jit,
  layerNorm,
  minimum,
  ones,
  scan,
  softmax,
  softmaxCrossEntropy,
  split,
  stack,
  sum,
  take,
  type Tensor,
  tensor,
  tril,
  valueAndGrad,
  where,
  zerosLike,
} from "@adjoint/core";
import { key, normal, randint } from "@adjoint/core/random";
import * as tree from "@adjoint/core/tree";

type Block = Record<"ln1" | "qkv" | "proj" | "ln2" | "fc" | "out", Tensor>;

/** Parameters of a GPT; `blocks` is a list, or one block with a leading layer axis. */
export type Params = { wte: Tensor; wpe: Tensor; norm: Tensor; blocks: Block[] | Block };

/** Everything a training step changes. */
export type State = { params: Params; m: Params; v: Params; count: Tensor };

const [layers, heads, width, length, batch, vocab] = [2, 2, 32, 16, 3, 23];

/** The same initial values on every backend. */
export const initialState = (scanned: boolean): State => {
  let next = 0;
  const matrix = (...shape: number[]): Tensor => normal(key(next++), shape).mul(0.05);
  const blocks = Array.from({ length: layers }, () => ({
    ln1: ones([width]),
    qkv: matrix(width, 3 * width),
    proj: matrix(width, width),
    ln2: ones([width]),
    fc: matrix(width, 4 * width),
    out: matrix(4 * width, width),
  }));
  const joined = (): Block =>
    tree.map((...parts: Tensor[]) => stack(parts), ...(blocks as [Block, Block]));
  const params = {
    wte: matrix(vocab, width),
    wpe: matrix(length, width),
    norm: ones([width]),
    blocks: scanned ? joined() : blocks,
  };
  return {
    params,
    m: tree.map(zerosLike, params),
    v: tree.map(zerosLike, params),
    count: tensor(0),
  };
};

/** Inputs and targets (B, T) of a step. */
export const batchOf = (step: number): [Tensor, Tensor] => {
  const ids = randint(key(1000 + step), [batch, length + 1], 0, vocab);
  return [ids.slice([0, 0], [batch, length]), ids.slice([0, 1], [batch, length + 1])];
};

const attend = (x: Tensor, p: Block): Tensor => {
  const apart = (y: Tensor): Tensor =>
    y.reshape([batch, length, heads, width / heads]).transpose([0, 2, 1, 3]);
  const [q, k, v] = split(x.matmul(p.qkv), 3, -1).map(apart) as [Tensor, Tensor, Tensor];
  const scores = q.matmul(k.transpose([0, 1, 3, 2])).mul(Math.sqrt(heads / width));
  const seen = where(tril(ones([length, length])).greater(0), scores, Number.NEGATIVE_INFINITY);
  return softmax(seen)
    .matmul(v)
    .transpose([0, 2, 1, 3])
    .reshape([batch, length, width])
    .matmul(p.proj);
};

const applyBlock = (x: Tensor, p: Block): Tensor => {
  const y = x.add(attend(layerNorm(x, p.ln1), p));
  return y.add(gelu(layerNorm(y, p.ln2).matmul(p.fc)).matmul(p.out));
};

/** Mean cross-entropy of a batch. */
export const lossOf = (p: Params, ids: Tensor, targets: Tensor): Tensor => {
  const x = take(p.wte, ids, { axis: 0 }).add(p.wpe);
  const y = Array.isArray(p.blocks)
    ? p.blocks.reduce(applyBlock, x)
    : scan(
        (carry: Tensor, block: Block): [Tensor, null] => [applyBlock(carry, block), null],
        x,
        p.blocks,
      )[0];
  return softmaxCrossEntropy(layerNorm(y, p.norm).matmul(p.wte.transpose()), targets).mean();
};

/** One step of AdamW with clipping by the global norm. */
export const trainStep = (
  state: State,
  ids: Tensor,
  targets: Tensor,
  rate: Tensor,
): [State, Tensor] => {
  const [loss, grads] = valueAndGrad(lossOf)(state.params, ids, targets);
  const count = state.count.add(1);
  const square = tree.reduce(
    (total: Tensor, g: Tensor) => total.add(sum(g.mul(g))),
    tensor(0),
    grads,
  );
  const clip = minimum(square.sqrt().add(1e-6).pow(-1).mul(0.5), 1);
  const [bias1, bias2] = [0.9, 0.99].map((beta) => tensor(beta).pow(count).neg().add(1)) as [
    Tensor,
    Tensor,
  ];
  const scaled = tree.map((g: Tensor) => g.mul(clip), grads);
  const m = tree.map((old: Tensor, g: Tensor) => old.mul(0.9).add(g.mul(0.1)), state.m, scaled);
  const v = tree.map(
    (old: Tensor, g: Tensor) => old.mul(0.99).add(g.mul(g).mul(0.01)),
    state.v,
    scaled,
  );
  const move = (p: Tensor, a: Tensor, b: Tensor): Tensor =>
    p.mul(rate.mul(-0.1).add(1)).sub(a.div(bias1).mul(rate).div(b.div(bias2).sqrt().add(1e-8)));
  return [{ params: tree.map(move, state.params, m, v), m, v, count }, loss];
};

/** A compiled step that takes the state over, or leaves it. */
export const compiledStep = (donates: boolean): typeof trainStep =>
  jit(trainStep, donates ? { donateArgnums: [0] } : {});
