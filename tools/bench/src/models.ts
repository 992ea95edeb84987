// Loss and training step (loss, gradient, AdamW) of each model of @adjoint/models beside transformers on PyTorch.
// npm run bench -- models [--config gpt2,llama,...] [--size small,mid] [--quick] [--engine adjoint-onnx,torch] [--rounds 5] [--json]
import { selectEngines } from "./engine/registry.ts";
import { report } from "./report/report.ts";
import { readModelOptions } from "./run/model-options.ts";
import { modelRows } from "./run/model-rows.ts";

const options = readModelOptions();
const rows = await modelRows(selectEngines(options.engine), options);
report("models: loss and training step, float32", rows, options.json);
