import { AdjointError, type Complaint } from "@adjoint/core";

/** Where in its source something is wrong; what is not known is absent. */
export type DataPosition = {
  /** The name of the source: a path, an address. */
  readonly source?: string;
  /** The byte, from 0; of compressed data the byte up to which they could be read. */
  readonly byte?: number;
  /** How many decompressed bytes came out before. */
  readonly decoded?: number;
  /** The line, from 1. */
  readonly line?: number;
  /** The row, from 0; headers do not count. */
  readonly row?: number;
};

const placeOf = ({ source, byte, decoded, line, row }: DataPosition): string =>
  [
    ...(source === undefined ? [] : [source]),
    ...(line === undefined ? [] : [`line ${line}`]),
    ...(row === undefined ? [] : [`row ${row}`]),
    ...(byte === undefined ? [] : [`byte ${byte}`]),
    ...(decoded === undefined ? [] : [`after ${decoded} decompressed bytes`]),
  ].join(", ");

/** Data are not what their format says; `position` tells where, as data. */
export class DataError extends AdjointError {
  override readonly name: string = "DataError";
  /** Where it is. */
  readonly position: DataPosition;

  constructor(complaint: Complaint, position: DataPosition = {}, options?: ErrorOptions) {
    const place = placeOf(position);
    super(
      place === "" ? complaint : { ...complaint, rule: `${place}: ${complaint.rule}` },
      options,
    );
    this.position = position;
  }
}

/** A source cannot be read: no such file, a refusal of the server, a change while it was read. */
export class SourceError extends AdjointError {
  override readonly name = "SourceError";
}

/** A state is not one of this dataset's iterators. */
export class DatasetStateError extends AdjointError {
  override readonly name = "DatasetStateError";
}

/** A dataset in a worker failed, or the worker did; `got` has the name and the message of what was thrown there. */
export class WorkerError extends AdjointError {
  override readonly name = "WorkerError";
}

/** Who holds a folder: a process, the machine it runs on, and since when (ISO 8601). */
export type LockHolder = { readonly pid: number; readonly host: string; readonly since: string };

/** Another writer has the folder; `holder` says whose, where its lock can be read. */
export class LockedError extends AdjointError {
  override readonly name = "LockedError";
  readonly holder: LockHolder | undefined;

  constructor(complaint: Complaint, holder: LockHolder | undefined) {
    super(complaint);
    this.holder = holder;
  }
}
