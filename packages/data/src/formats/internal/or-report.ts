import { DataError } from "../../errors.ts";

/** What `read` gives, or undefined when it fails with a DataError that `report` takes. */
export const orReport = async <T>(
  report: (error: DataError) => void,
  read: () => Promise<T>,
): Promise<T | undefined> => {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    report(error);
    return undefined;
  }
};
