import {
  AdjointError,
  DTypeError,
  isTensor,
  ShapeError,
  type Tensor,
  TreeError,
  zeros,
} from "@adjoint/core";
import * as tree from "@adjoint/core/tree";
import { bert, bertConfig, decoder, decoderConfig, resnet } from "@adjoint/models";
import { key } from "@adjoint/core/random";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { anyModels, tinyModels } from "./support/tiny-models.ts";

// hundreds of errors are thrown: their stacks would take most of the time
const { stackTraceLimit } = Error;
beforeAll(() => {
  Error.stackTraceLimit = 0;
});
afterAll(() => {
  Error.stackTraceLimit = stackTraceLimit;
});

/** A tree with the leaf at a path changed; undefined takes it away. */
const changed = (params: unknown, path: string, leaf: (x: Tensor) => unknown): never =>
  tree.mapWithPath(
    (at, x: Tensor) => (at === path ? leaf(x) : x),
    params as readonly Tensor[],
  ) as never;

const errorOf = (run: () => unknown): AdjointError => {
  try {
    run();
  } catch (error) {
    if (error instanceof AdjointError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
};

describe.each(Object.entries(anyModels))("%s", (_, { config, init, run }) => {
  const params = init(config) as never;
  // layers have the same parts: those of the first are looked at once
  const paths = tree.paths(params).filter((path) => !path.includes("blocks[0]"));

  it("refuses parameters without one of its tensors, of another shape, or with one too many", () => {
    expect(run(params, config).size).toBeGreaterThan(0);
    for (const path of paths) {
      const name = `params.${path}`;
      const missing = errorOf(() =>
        run(
          changed(params, path, () => undefined),
          config,
        ),
      );
      expect(missing).toBeInstanceOf(TreeError);
      expect(missing.rule).toContain(` at ${name}`);
      expect(missing.got).toBe(`nothing at ${name}`);

      const wide = errorOf(() =>
        run(
          changed(params, path, (x) => zeros([1, ...x.shape])),
          config,
        ),
      );
      expect(wide).toBeInstanceOf(ShapeError);
      expect(wide.rule).toContain(` at ${name}`);
      expect(wide.got).toMatch(/^a tensor \[1\b/);
    }
    for (const path of paths.slice(-1)) {
      const number = errorOf(() =>
        run(
          changed(params, path, () => 3),
          config,
        ),
      );
      expect([number.constructor, number.got]).toEqual([TreeError, "a number"]);

      const more = errorOf(() =>
        run(
          changed(params, path, (x) => ({ x })),
          config,
        ),
      );
      expect(more).toBeInstanceOf(TreeError);

      for (const dtype of ["int32", "bool"] as const) {
        const whole = errorOf(() =>
          run(
            changed(params, path, (x) => zeros(x.shape, { dtype })),
            config,
          ),
        );
        expect([whole.constructor, whole.got]).toEqual([DTypeError, dtype]);
        expect(whole.rule).toBe(`needs floating-point numbers at params.${path}`);
      }
    }
  });

  it("refuses parameters that are none, and parts that it does not have", () => {
    for (const nothing of [undefined, null, 3, [], {}])
      expect(errorOf(() => run(nothing as never, config))).toBeInstanceOf(TreeError);
    const extra = errorOf(() => run({ ...(params as object), extra: zeros([2]) } as never, config));
    expect(extra).toBeInstanceOf(TreeError);
    expect(extra.rule).toBe("has no parameter params.extra in this configuration");
    expect(extra.got).toBe("a tensor [2]");
  });
});

describe("a decoder", () => {
  const { config, run } = tinyModels.decoder;
  const params = decoder.init(key(0), config);

  it("names a part of a block that is absent", () => {
    const [first, { attention: _, ...second } = first!] = params.blocks;
    const error = errorOf(() => run({ ...params, blocks: [first, second] } as never, config));
    expect(error.message).toMatch(
      /^decoder: needs a tensor \[8,8\] at params\.blocks\[1\]\.attention\.q\.kernel, got nothing at params\.blocks\[1\]\.attention; give the configuration/,
    );
  });

  it("refuses more and fewer layers than its configuration has", () => {
    const [one, three] = [1, 3].map((nLayer) => ({ ...config, nLayer, windows: Array(nLayer).fill(2) })); // prettier-ignore
    expect(errorOf(() => run(params as never, one!)).rule).toMatch(/no parameter params\.blocks\[1\]/); // prettier-ignore
    expect(errorOf(() => run(params as never, three!)).got).toBe("nothing at params.blocks[2]");
    const stacked = decoder.stack(params, config) as never;
    for (const other of [one!, three!]) {
      const error = errorOf(() => run(stacked, other));
      expect([error.constructor, error.got]).toEqual([ShapeError, "a tensor [2,8]"]);
    }
  });

  it("wants records of parts without parameters", () => {
    const bare = tinyModels.bare;
    const { finalNorm: _, ...rest } = decoder.init(key(0), bare.config);
    expect(errorOf(() => bare.run(rest as never, bare.config)).rule).toBe(
      "needs an empty record at params.finalNorm",
    );
  });

  it("checks its parameters once", () => {
    let reads = 0;
    const watched = new Proxy(params, {
      get: (target, name, self) => {
        reads += name === "finalNorm" ? 1 : 0;
        return Reflect.get(target, name, self) as unknown;
      },
    });
    run(watched as never, config);
    const first = reads;
    run(watched as never, config);
    expect(reads - first).toBe(1); // the model itself
    expect(first).toBeGreaterThan(1);
  });

  it("refuses a configuration that its constructor would refuse", () => {
    const wrong = { ...config, headDim: 3 };
    const message = /headDim must be even for rotary positions, got 3|positions\.dim/;
    expect(() => decoder.init(key(0), wrong)).toThrow(message);
    expect(() => run(params as never, wrong)).toThrow(message);
    expect(() => decoder.init(key(0), { ...config, nLayer: 2 ** 20 })).toThrow(
      "decoder.init: nLayer must be at most 65536, got 1048576",
    );
  });
});

it("a ResNet refuses running statistics that are not its own", () => {
  const { config } = tinyModels.resnet;
  const params = resnet.init(key(0), config);
  const { stem: _, ...rest } = resnet.initState(config);
  expect(() => resnet.apply(params, rest as never, zeros([1, 1, 8, 8]), config)).toThrow(
    /^resnet: needs a tensor \[4\] at state\.stem\.mean, got nothing at state\.stem;/,
  );
});

it("the head for masked words refuses parameters that are not its own", () => {
  const config = bertConfig({ vocabSize: 5, contextLength: 4, nEmbd: 8, nLayer: 1, nHead: 2 });
  const params = bert.init(key(0), config);
  const { bias: _, ...head } = bert.initMaskedWord(key(0), config);
  expect(() => bert.maskedWord(head as never, params, zeros([1, 2, 8]), config)).toThrow(
    /^bert\.maskedWord: needs a tensor \[5\] at params\.bias, got nothing/,
  );
});

it("leaves all parameters that fit alone", () => {
  const config = decoderConfig({ vocabSize: 5, contextLength: 4, nEmbd: 8, nLayer: 1, nHead: 2 });
  const params = decoder.init(key(0), config);
  expect(tree.leaves(params).every(isTensor)).toBe(true);
  expect(() => decoder.hidden(params, zeros([1, 2], { dtype: "int32" }), config)).not.toThrow();
});
