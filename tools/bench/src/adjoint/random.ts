// Random numbers in Adjoint, one array a call.
import { jit } from "@adjoint/core";
import { bernoulli, bits, foldIn, key, type Key, uniform } from "@adjoint/core/random";
import type { Tensor } from "@adjoint/core";
import type { Create, RandomDraws } from "../engine/engine.ts";
import { useBackend } from "./backend.ts";

const draws: Readonly<Record<RandomDraws, (of: Key, count: number) => Tensor>> = {
  bits: (of, count) => bits(of, [count]),
  uniform: (of, count) => uniform(of, [count]),
  bernoulli: (of, count) => bernoulli(of, [count], { p: 0.9 }),
};

export const create: Create = async (task, variant) => {
  if (task.kind !== "random") throw new Error("random only");
  await useBackend(variant);
  const { count } = task;
  // the first element is read, so that no time goes into copying the others out
  const draw = jit((of: Key) => {
    const all = draws[task.draws](of, count);
    return [all, all.slice([0], [1])] as const;
  });
  let step = 0;
  const run = async (times: number) => {
    for (let i = 0; i < times; i++) {
      const [all, first] = draw(foldIn(key(0), step++));
      await first.data();
      all.dispose();
      first.dispose();
    }
    return {};
  };
  await run(1); // compiles
  return { run };
};
