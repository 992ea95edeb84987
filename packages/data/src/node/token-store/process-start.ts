import { readFile } from "node:fs/promises";
import { errorCode } from "@adjoint/core/node";

/** What the system knows of a process: that it is gone, when it was started, or only that it is there. */
export type ProcessFacts = { readonly isAlive: boolean; readonly start?: string };

const exists = (pid: number): boolean => {
  try {
    process.kill(pid, 0); // sends nothing
    return true;
  } catch (error) {
    return errorCode(error) === "EPERM"; // another user's
  }
};

/**
 * Whether a process of this machine runs. Linux also tells when it was started, in ticks since a boot that has a name, so that a later
 * process with its number is not taken for it (proc_pid_stat(5): the state is the first field after the name in brackets, the start the
 * twentieth).
 */
export const processFacts = async (pid: number): Promise<ProcessFacts> => {
  if (!exists(pid)) return { isAlive: false };
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    const boot = await readFile("/proc/sys/kernel/random/boot_id", "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const isDead = fields[0] === "Z" || fields[0] === "X";
    return isDead ? { isAlive: false } : { isAlive: true, start: `${boot.trim()} ${fields[19]}` };
  } catch {
    return { isAlive: exists(pid) };
  }
};
