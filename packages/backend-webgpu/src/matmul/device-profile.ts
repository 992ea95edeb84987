/** What the choice of a kernel needs to know of a device. */
export type DeviceProfile = {
  /** A CPU plays the GPU: threads with 4 lanes each, loads and barriers are dear, workgroup memory is plain memory. */
  readonly isSoftware: boolean;
  /** Bytes of workgroup memory. */
  readonly workgroupStorage: number;
  readonly maxInvocations: number;
  readonly subgroups: boolean;
  readonly f16: boolean;
};
