import { type ModelName, modelNames, type ModelSize, modelSizes } from "../model/models.ts";
import { common, type Options, parsed, wholeNumber } from "./options.ts";
import type { ModelBench } from "./model-rows.ts";

const chosen = <T extends string>(
  option: string,
  text: string,
  known: readonly T[],
): readonly T[] =>
  text.split(",").map((name) => {
    const found = known.find((each) => each === name);
    if (found !== undefined) return found;
    throw new Error(`--${option}: no ${name}; there are ${known.join(", ")}`);
  });

/** Reads --config (models), --size, --quick (small only, short bursts), --engine, --rounds and --json. */
export const readModelOptions = (
  args: readonly string[] = process.argv.slice(2),
): ModelBench & Pick<Options, "engine" | "json"> => {
  const own = {
    ...common({ config: modelNames.join(","), engine: "adjoint-onnx,torch" }),
    rounds: { type: "string" },
    size: { type: "string" },
    quick: { type: "boolean", default: false },
  } as const;
  const values = parsed(own, args);
  const { config, engine, json, quick } = values;
  const models: readonly ModelName[] = chosen("config", config, modelNames);
  const sizes: readonly ModelSize[] = chosen(
    "size",
    values.size ?? (quick ? "small" : modelSizes.join(",")),
    modelSizes,
  );
  const rounds = wholeNumber("rounds", values.rounds ?? (quick ? "3" : "5"));
  const pace = quick ? { burst: 0.1, rest: 0.1 } : { burst: 0.3, rest: 0.1 };
  return { models, sizes, rounds, pace, engine, json };
};
