import type { Row } from "../row.ts";
import { binary } from "./binary.ts";
import { contractions } from "./products.ts";
import { control } from "./control.ts";
import { elementwise } from "./elementwise.ts";
import { indexing } from "./indexing.ts";
import { networks } from "./networks.ts";
import { ordering } from "./ordering.ts";
import { reductions } from "./reductions.ts";
import { sampling } from "./sampling.ts";
import { shapes } from "./shapes.ts";
import { transforms } from "./transforms.ts";

/** Every public operation, with its cases. A new one joins by a row. */
export const table: readonly Row[] = [
  ...elementwise,
  ...binary,
  ...reductions,
  ...shapes,
  ...indexing,
  ...ordering,
  ...contractions,
  ...networks,
  ...sampling,
  ...control,
  ...transforms,
];
