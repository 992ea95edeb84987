export { assertAllclose, NotCloseError, type Tolerance } from "./allclose.ts";
export { checkGrads, type CheckGradsOptions } from "./check-grads.ts";
export { expectNoLeak, LeakError } from "./expect-no-leak.ts";
export { type MatcherResult, matchers, toBeAllclose } from "./matchers.ts";
