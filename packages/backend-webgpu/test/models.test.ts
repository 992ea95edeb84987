import { referenceBackend, setBackend } from "@adjoint/core";
import type { DecoderConfig } from "@adjoint/models";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectBert, heads } from "../../models/test/support/bert-cases.ts";
import { checkpoint } from "../../models/test/support/checkpoint.ts";
import {
  continued,
  expectDecoder,
  families,
  int,
  load,
} from "../../models/test/support/decoder-cases.ts";
import {
  expectClip,
  expectResnetScores,
  expectResnetTraining,
  expectVit,
  expectVlm,
} from "../../models/test/support/image-cases.ts";
import { expectSeq2Seq } from "../../models/test/support/seq2seq-cases.ts";
import { softwareBackend } from "./support/software-backend.ts";

/** WebGPU in Node on the software driver: the time goes into compiling kernels, so each model is one program. */
describe("on the WebGPU backend", () => {
  beforeAll(async () => setBackend(await softwareBackend()));
  afterAll(() => setBackend(referenceBackend));

  // YaRN's frequencies are numbers from the host, and its sizes would need shaders of their own
  const decoders = Object.keys(families).filter((name) => name !== "llama-yarn");
  it.each(decoders)("%s gives scores, loss and gradients", expectDecoder);
  it.each(Object.keys(heads))("%s gives scores, loss and gradients", expectBert);
  it.each(["t5", "t5-gated", "transformer"])("%s gives scores, loss and gradients", expectSeq2Seq);
  it("a Vision Transformer gives scores, loss and gradients", expectVit);
  it("CLIP gives vectors, similarities, loss and gradients", expectClip);
  it.each(["llava"])("%s gives scores, loss and gradients", expectVlm);
  it.each(["resnet-basic", "resnet-bottleneck"])("%s gives the scores", expectResnetScores);
  it.each(["resnet-basic", "resnet-bottleneck"])("%s trains as in PyTorch", expectResnetTraining);

  it("continues rows that are padded on the left, from a cache", async () => {
    const { expected } = checkpoint("llama");
    const [padded, mask, all] = ["padded", "paddedMask", "paddedGenerated"].map((key) =>
      int(expected(key)),
    );
    const [rows = 0, length = 0] = padded!.shape;
    const want = await all!.slice([0, length], [rows, all!.shape[1]!]).toArray();
    const count = all!.shape[1]! - length;
    const { config, params } = await load("llama");
    const roomy: DecoderConfig = { ...config, contextLength: length + count };
    expect(await continued({ config: roomy, params }, padded!, count, mask)).toEqual(want);
  });
});
