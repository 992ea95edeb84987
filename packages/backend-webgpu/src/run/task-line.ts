/** Runs tasks in the order they were given: at once where none is under way, else after those before. */
export class TaskLine {
  #last: Promise<void> | undefined;

  /** `task` may return a promise: what is given later then waits. A task must not throw. */
  run(task: () => void | Promise<void>): void {
    const started = this.#last === undefined ? task() : this.#last.then(task);
    if (started === undefined) return;
    const line = started.finally(() => {
      if (this.#last === line) this.#last = undefined;
    });
    this.#last = line;
  }

  /** Whether tasks are under way. */
  get isBusy(): boolean {
    return this.#last !== undefined;
  }

  /** Resolves when all tasks given so far are done. */
  async idle(): Promise<void> {
    await this.#last;
  }
}
