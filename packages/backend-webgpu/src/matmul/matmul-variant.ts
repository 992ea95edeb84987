/** Each invocation computes a block in registers, with loads straight from storage. */
export type RegisterVariant = {
  readonly kind: "registers";
  /** Rows and columns of an invocation. */
  readonly rows: number;
  readonly columns: number;
  /** Steps of k in one turn of the loop; vec4 loads along k need a multiple of 4. */
  readonly unroll: number;
  /** Invocations of a workgroup along m and n. */
  readonly groupRows: number;
  readonly groupColumns: number;
  /**
   * Whether four invocations side by side share the loads of A and pass numbers on by subgroup broadcast: the workgroup is
   * 1 x 4, rows are a multiple of 4, and the device has subgroups.
   */
  readonly pass: boolean;
};

/** Workgroups stage tiles of both operands in workgroup memory. */
export type TileVariant = {
  readonly kind: "tiles";
  /** Rows and columns of an invocation; multiples of 4. */
  readonly rows: number;
  readonly columns: number;
  /** Invocations of a workgroup along m and n. */
  readonly groupRows: number;
  readonly groupColumns: number;
  /** Steps of k in one tile; a multiple of 4. */
  readonly depth: number;
  /** Parts of k in different workgroups; above 1 `matmulReduceKernel` must follow. */
  readonly splits: number;
};

/** Matrix times vector, or times a few: the invocations of a workgroup share k and add up in workgroup memory. */
export type ThinVariant = {
  readonly kind: "thin";
  /** Invocations side by side along the long dimension of the result. */
  readonly lines: number;
  /** Invocations that share k. */
  readonly slices: number;
};

/** How a product is computed. */
export type MatmulVariant = RegisterVariant | TileVariant | ThinVariant;
