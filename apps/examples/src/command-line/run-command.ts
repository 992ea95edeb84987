const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

/** What reads arguments; its errors end with the usage. */
export const withUsage = <A>(usage: string, read: () => A): A => {
  try {
    return read();
  } catch (error) {
    throw new Error(`${messageOf(error)}\n${usage}`, { cause: error });
  }
};

/** Runs a command; an error is shown by its message, and the exit code is 1. */
export const runCommand = async (main: () => Promise<void>): Promise<void> => {
  try {
    await main();
  } catch (error) {
    console.error(messageOf(error));
    process.exitCode = 1;
  }
};
