/** What each package may import of the others. Imports go one way; a new package joins by one row. */
export const layers: Readonly<Record<string, readonly string[]>> = {
  core: [],
  "backend-onnx": ["core"],
  "backend-webgpu": ["core"],
  nn: ["core"],
  optim: ["core"],
  tokenizers: ["core"],
  data: ["core"],
  models: ["core", "nn"],
  recipes: ["core", "nn", "optim", "tokenizers"],
};
