import type { ActivationName } from "@adjoint/nn";
import { z } from "zod";

type FileName = "gelu" | "gelu_pytorch_tanh" | "quick_gelu" | "relu" | "silu";

const activations: Readonly<Record<FileName, ActivationName>> = {
  gelu: "gelu",
  gelu_pytorch_tanh: "geluTanh",
  quick_gelu: "quickGelu",
  relu: "relu",
  silu: "silu",
};

const names = z.enum(["gelu", "gelu_pytorch_tanh", "quick_gelu", "relu", "silu"]);

/** The activation that a file names; `absent` where it names none. */
export const activationField = (absent: FileName): z.ZodType<ActivationName> =>
  names.nullish().transform((name) => activations[name ?? absent]);

/** The name of an activation in files; undefined for those that no file has. */
export const activationToJson = (activation: ActivationName): string | undefined =>
  Object.entries(activations).find(([, own]) => own === activation)?.[0];
