import type { DeviceProfile } from "../device/profile.ts";
import { leftSide, rightSide } from "../matmul/matrix-side.ts";
import type { MatrixSide } from "../matmul/matrix-side.ts";
import type { MatmulSpec } from "../matmul/matmul-spec.ts";
import type { MatmulVariant } from "../matmul/matmul-variant.ts";

/** Rounds up to the next of 1, 2, 3, 4, 6, 8, 12, 16, ...: sizes that one choice serves. */
const bucket = (n: number): number => {
  const power = 2 ** Math.ceil(Math.log2(Math.max(1, n)));
  return n <= 0.75 * power ? 0.75 * power : power;
};

const sideText = ({ along, vector, half }: MatrixSide): string =>
  `${along}${vector ? "4" : ""}${half ? "h" : ""}`;

/** Equal for products that one way to compute them is taken to be fastest for. */
export const productClass = (spec: MatmulSpec): string => {
  const { m, n, k, batch, type = "f32" } = spec;
  const sizes = [batch, m, n, k].map(bucket).join("x");
  return `${type} ${sizes} ${sideText(leftSide(spec))} ${sideText(rightSide(spec))} +${spec.operands.length}`;
};

/** Equal for adapters that behave alike. */
export const adapterKey = ({ vendor, architecture, description }: DeviceProfile): string =>
  [vendor, architecture, description].filter((text) => text !== "").join(" ") || "unknown";

/** A way to compute a product, the same for products of other sizes: of splits it only says whether there are any. */
export const variantKey = (variant: MatmulVariant): string =>
  Object.entries(variant)
    .filter(([name]) => name !== "kind")
    .map(([name, value]) => `${name}=${name === "splits" && value > 1 ? "many" : value}`)
    .sort()
    .reduce((text, part) => `${text} ${part}`, variant.kind);

/** Flops of a product. */
export const productFlops = ({ m, n, k, batch }: MatmulSpec): number => 2 * batch * m * n * k;
