/** A model record that no valid ONNX file can hold. */
export class ModelRecordError extends Error {
  override readonly name = "ModelRecordError";
}
