import { decoderConfig } from "@adjoint/models";
import { expect, it } from "vitest";

it("errors of a package beside core end with the line that made the call", () => {
  const make = () =>
    decoderConfig({ vocabSize: 0, contextLength: 4, nEmbd: 8, nLayer: 1, nHead: 2 });
  expect(make).toThrow(/called at .*user-line\.test\.ts:\d+:\d+$/);
});
