import type { Operand } from "../kernel/kernel.ts";

/** A matrix in a storage buffer, or a batch of them. */
export type MatrixOperand = {
  /** WGSL variable, bound as an array of numbers or of vec4. */
  readonly name: string;
  /** Whether it is stored as f16. */
  readonly half: boolean;
  /** Elements between neighbouring rows of the logical matrix. */
  readonly rowStride: number;
  /** Elements between neighbouring columns of the logical matrix. */
  readonly columnStride: number;
  /** WGSL u32 expression for the first element of the matrix that the u32 variable `batch` counts. */
  readonly base: (batch: string) => string;
  /** Whether `base` is always a multiple of 4. */
  readonly aligned: boolean;
};

/** What the numbers of a product are. */
export type ProductType = "f32" | "i32" | "u32";

/** Where an epilogue finds one finished element: names of u32 variables and of a value. */
export type FinishedElement = {
  readonly batch: string;
  readonly row: string;
  readonly column: string;
  readonly value: string;
};

/** Dimensions, all 1 or more, and operands of a product (batch, m, k) x (batch, k, n). */
export type MatmulShape = {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly batch: number;
  /** (m, k) */
  readonly a: MatrixOperand;
  /** (k, n) */
  readonly b: MatrixOperand;
  /** f32 when left out; integers wrap around. */
  readonly type?: ProductType;
};

/** A product and what happens to each of its elements. */
export type MatmulSpec = MatmulShape & {
  /** WGSL identifier. */
  readonly name: string;
  /** Further operands, which `store` reads or writes; bound after a and b. */
  readonly operands: readonly Operand[];
  /** WGSL statements that consume one finished element, inside the bounds. */
  readonly store: (at: FinishedElement) => string;
  /** WGSL functions that `store` needs. */
  readonly library: string;
};
