/** Parameters with another kernel. Sound when `Out` is `params` but for the kernel, as the callers' types say. */
export const replaceKernel = <Out>(params: object, kernel: unknown): Out =>
  ({ ...params, kernel }) as unknown as Out;
