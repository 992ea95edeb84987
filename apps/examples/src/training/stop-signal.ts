/** A signal that Ctrl-C sets once, so that training stops after the step in progress; a second Ctrl-C ends the process. */
export const stopSignal = (): AbortSignal => {
  const controller = new AbortController();
  process.once("SIGINT", () => controller.abort(new Error("stopped")));
  return controller.signal;
};
