import { ShapeError, type Tensor } from "@adjoint/core";

/** Scale and bias (C) of norms over channels. */
export type ChannelParams = { readonly scale?: Tensor; readonly bias?: Tensor };

/** Number of channels of x (N, C, ...spatial); throws ShapeError for lower ranks or parameters of another size. */
export const channelsOf = (
  operation: string,
  { scale, bias }: ChannelParams,
  x: Tensor,
): number => {
  const [, channels] = x.shape;
  const sizes = [scale, bias].flatMap((p) => (p === undefined ? [] : [p.shape]));
  if (channels !== undefined && sizes.every((s) => s.length === 1 && s[0] === channels))
    return channels;
  throw new ShapeError({
    operation,
    rule: "takes x (N, C, ...spatial) and a scale and bias (C)",
    got: `x [${x.shape.join()}]${sizes.map((s) => ` and [${s.join()}]`).join("")}`,
  });
};

/** Values of channels (C) so that they broadcast over x (N, C, ...spatial). */
export const overChannels = (values: Tensor, x: Tensor): Tensor =>
  values.reshape([values.size, ...x.shape.slice(2).map(() => 1)]);

/** x scale + bias, channel by channel. */
export const affine = ({ scale, bias }: ChannelParams, x: Tensor): Tensor => {
  const scaled = scale === undefined ? x : x.mul(overChannels(scale, x));
  return bias === undefined ? scaled : scaled.add(overChannels(bias, x));
};
