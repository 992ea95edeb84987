import type { Tensor } from "@adjoint/core";
import {
  adafactor,
  type AdafactorConfig,
  adagrad,
  adam,
  adamw,
  adaptiveClip,
  amsgrad,
  chain,
  clipByBlockRms,
  clipByGlobalNorm,
  ema,
  emaParams,
  type EvaluatedTransformation,
  type GradientTransformation,
  identity,
  lamb,
  type LearningRate,
  linearSchedule,
  lion,
  lookahead,
  multiSteps,
  muon,
  nadam,
  radam,
  rmsprop,
  type Schedule,
  scheduleFreeAdamw,
  scheduleFreeSgd,
  sgd,
  sophia,
  warmupCosineDecay,
} from "@adjoint/optim";
import type { Configured, Trajectory } from "./fixtures.ts";

const isMatrix = (p: Tensor): boolean => p.rank >= 2;

const schedules: Readonly<Record<string, Schedule>> = {
  "warmupCosine(0, 0.05, 5, 30, 0.005)": warmupCosineDecay({
    init: 0,
    peak: 0.05,
    warmupSteps: 5,
    decaySteps: 30,
    end: 0.005,
  }),
  "linear(0.05, 0, 30)": linearSchedule({ init: 0.05, end: 0, steps: 30 }),
  "min(0.05, rsqrt)": (step) => {
    const rate = schedules["rsqrt"]?.(step);
    if (rate === undefined) throw new Error("rsqrt");
    return rate.less(0.05).where(rate, 0.05);
  },
  rsqrt: (step) => linearSchedule({ init: 1, end: 1001, steps: 1000 })(step).rsqrt(),
};

const rateOf = (rate: unknown): LearningRate => schedules[String(rate)] ?? Number(rate);

const moments = (o: Trajectory["options"]) => ({
  learningRate: rateOf(o["learningRate"]),
  b1: Number(o["beta1"]),
  b2: Number(o["beta2"]),
  eps: Number(o["eps"]),
});

const trajectories: Readonly<Record<string, (o: Trajectory["options"]) => GradientTransformation>> =
  {
    adamw: (o) =>
      adamw({
        ...moments(o),
        weightDecay: Number(o["weightDecay"]),
        ...(o["decay"] === "dim>=2" ? { mask: isMatrix } : {}),
      }),
    adam: (o) => adam(moments(o)),
    sgd: (o) =>
      sgd({
        learningRate: rateOf(o["learningRate"]),
        ...(o["momentum"] === undefined ? {} : { momentum: Number(o["momentum"]) }),
        nesterov: o["nesterov"] === true,
      }),
  };

/** The optimizer of a row of `trajectories`. */
export const optimizerOf = ({ name, options }: Trajectory): GradientTransformation => {
  const make = trajectories[name];
  if (make === undefined) throw new Error(name);
  return chain(
    options["clip"] === undefined ? identity : clipByGlobalNorm(Number(options["clip"])),
    make(options),
  );
};

/** Their own settings, as the fixture has them, with a schedule for a rate that is a text. */
// oxlint-disable-next-line typescript/no-explicit-any -- JSON that is spread into the settings of many functions
type Config = any;

const plain = (config: Configured["config"]): Config =>
  "learningRate" in config
    ? { ...config, learningRate: rateOf(config["learningRate"]) }
    : { ...config };

const adamOf = { learningRate: 0.05, b1: 0.9, b2: 0.95 };

type Maker = (config: Config) => GradientTransformation | EvaluatedTransformation;

const configured: Readonly<Record<string, Maker>> = {
  adafactor: (c: AdafactorConfig) => adafactor(c),
  adagrad,
  adam,
  amsgrad,
  lamb,
  lion,
  muon,
  nadam,
  radam,
  rmsprop,
  sophia,
  scheduleFreeSgd,
  scheduleFreeAdamw,
  ema: ({ decay, learningRate, ...c }) => chain(ema(decay, c), sgd({ learningRate })),
  adaptiveClip: ({ clipping, learningRate }) =>
    chain(adaptiveClip(clipping), sgd({ learningRate })),
  clipByBlockRms: ({ threshold, learningRate }) =>
    chain(clipByBlockRms(threshold), sgd({ learningRate })),
  multiSteps: ({ every }) => multiSteps(adam(adamOf), { every }),
  sam: () => adam(adamOf),
  lookahead: (c) => lookahead(adam(adamOf), c),
  emaParams: (c) => emaParams(adam(adamOf), c),
};

/** The optimizer of a row of `configured`. */
export const configuredOf = ({ name, config }: Configured): ReturnType<Maker> => {
  const make = configured[name];
  if (make === undefined) throw new Error(name);
  return make(plain(config));
};
