import type { Storage } from "../emit/arrays.ts";
import type { GroupMember, KernelStep, Step } from "./step.ts";
import { storagesOf, writtenBy } from "./step.ts";

/** Kernels that wait for others of their kind: parts of whole sums, whole sums, and what nothing reads any more. */
const kinds = ["part", "sum", "end"] as const;
type Waiting = (typeof kinds)[number];

/** What is known of storage when steps are grouped. */
export type GroupingContext = {
  readonly inputs: ReadonlySet<Storage>;
  readonly results: ReadonlySet<Storage>;
};

/** Kernels over fewer elements than this gain most from company. */
const isMember = (step: Step, { inputs }: GroupingContext): step is KernelStep & GroupMember =>
  step.kind === "kernel" &&
  step.text !== undefined &&
  step.storages.every((s) => s.element === "f32" || inputs.has(s));

/** Puts kernels that do not need each other into one dispatch, each as late as what reads it allows. */
class Grouping {
  readonly steps: Step[] = [];
  readonly #context: GroupingContext;
  readonly #read: ReadonlySet<Storage>;
  readonly #waiting = new Map<Waiting, GroupMember[]>();

  constructor(steps: readonly Step[], context: GroupingContext) {
    this.#context = context;
    this.#read = new Set(
      steps.flatMap((step) => {
        const written = new Set(writtenBy(step));
        return storagesOf(step).filter((s) => !written.has(s));
      }),
    );
    for (const step of steps) this.#add(step);
    for (const kind of kinds) this.#release(kind);
  }

  #kindOf(step: Step): Waiting | undefined {
    if (!isMember(step, this.#context)) return undefined;
    const written = writtenBy(step);
    if (written.every((s) => this.#context.results.has(s) && !this.#read.has(s))) return "end";
    return step.sum;
  }

  #add(step: Step): void {
    const kind = this.#kindOf(step);
    this.#releaseNeeded(step, kind);
    if (kind === undefined || !isMember(step, this.#context)) {
      this.steps.push(step);
      return;
    }
    const list = this.#waiting.get(kind) ?? [];
    list.push(step);
    this.#waiting.set(kind, list);
  }

  /** Kernels that a step reads must be before it: those of its own kind, and of kinds that come after. */
  #releaseNeeded(step: Step, kind: Waiting | undefined): void {
    const reads = new Set(storagesOf(step));
    const from = kind === undefined ? 0 : kinds.indexOf(kind);
    const needed = kinds.findLastIndex((own) =>
      (this.#waiting.get(own) ?? []).some((member) =>
        writtenBy({ kind: "kernel", ...member }).some((s) => reads.has(s)),
      ),
    );
    if (needed < from || needed < 0) return;
    for (const own of kinds.slice(0, needed + 1)) this.#release(own);
  }

  #release(kind: Waiting): void {
    const members = this.#waiting.get(kind) ?? [];
    this.#waiting.delete(kind);
    const sizes = new Set(members.map(({ text }) => text.workgroup));
    for (const workgroup of sizes) {
      const own = members.filter(({ text }) => text.workgroup === workgroup);
      const [only] = own;
      if (own.length === 1 && only !== undefined) this.steps.push({ kind: "kernel", ...only });
      else this.steps.push({ kind: "group", members: own });
    }
  }
}

/** The same program in fewer dispatches. */
export const groupSteps = (steps: readonly Step[], context: GroupingContext): readonly Step[] =>
  new Grouping(steps, context).steps;
