import { runConformance, table } from "@adjoint/conformance";
import { fixtureRows } from "@adjoint/conformance/fixtures";
import { describe, it } from "vitest";
import { onnxBackend } from "../src/backend/onnx-backend.ts";
import { Arena } from "../src/machine/arena.ts";
import { makeMachine } from "../src/machine/machine.ts";
import { loadPublicSession } from "../src/runtime/load-session.ts";

const arena = new Arena(false);

/** The engine of browsers on one thread, taking every program that generated kernels can run. */
const backend = onnxBackend(
  {
    isSync: false,
    load: loadPublicSession,
    machine: (folded, donated) => makeMachine(folded, donated, arena, undefined),
  },
  { eagerHostLimit: 0 },
);

runConformance([...table, ...fixtureRows], backend, { describe, it }, { float64: true });
