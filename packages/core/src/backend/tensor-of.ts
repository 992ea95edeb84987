import { bufferOnBackend, Tensor } from "../tensor.ts";
import type { Buffer } from "./backend.ts";

/** A tensor that owns `buffer`, for backends that make tensors of what they did not compute. */
export const tensorOf = (buffer: Buffer): Tensor => Tensor.stored(buffer);

/** The storage of a tensor on the current backend. Throws DisposedError and TracerError where there is none. */
export const bufferOf = (tensor: Tensor): Buffer => bufferOnBackend(tensor);
