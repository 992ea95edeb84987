import type { DeviceProfile } from "../device/profile.ts";

/** What the choice of a product's kernel needs to know of a device. */
export type MatmulProfile = Pick<DeviceProfile, "isSoftware" | "workgroupStorage" | "subgroups">;
