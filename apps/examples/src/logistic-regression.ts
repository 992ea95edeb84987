// How likely was an O-ring to fail on the Challenger's last launch? Logistic regression by Newton's method.
//
//   npm run example -- logistic-regression
//
// Data: temperature at launch and whether a field-joint O-ring showed distress, for the 23 flights before 28 January
// 1986, as tabulated by Dalal, Fowlkes and Hoadley (JASA 84, 1989) from the Report of the Presidential Commission on
// the Space Shuttle Challenger Accident (1986; a work of the United States government, in the public domain).
//
// Newton's step solves H s = g with the exact second derivatives that `hessian` gives. Measured: 5 steps, where
// gradient descent takes 297; log-odds 15.043 - 0.2322 t as published; P(distress at 31 F) = 0.9996; 0.1 s.
import {
  grad,
  hessian,
  jit,
  norm,
  sigmoid,
  softplus,
  solve,
  tensor,
  type Tensor,
  zeros,
} from "@adjoint/core";

const fahrenheit = [
  66, 70, 69, 68, 67, 72, 73, 70, 57, 63, 70, 78, 67, 53, 67, 75, 70, 81, 76, 79, 75, 76, 58,
];
const distress = [0, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 1];

/** What both methods found. */
export type LogisticFit = {
  readonly newtonSteps: number;
  readonly descentSteps: number;
  /** Log-odds of distress are `intercept + slope * fahrenheit`. */
  readonly intercept: number;
  readonly slope: number;
  /** Largest difference between the weights of the two methods. */
  readonly difference: number;
};

const tolerance = 1e-6;
const learningRate = 1;
const [center, unit] = [70, 10];

/** A column of ones, and temperatures in units of ten degrees from 70 F: (N, 2). */
const features = tensor(fahrenheit.map((t) => [1, (t - center) / unit]));
const labels = tensor(distress); // (N)

/** Mean of -log P(label): for log-odds z that is softplus(z) - label z. */
const loss = (w: Tensor): Tensor => {
  const z = features.matmul(w);
  return softplus(z).sub(labels.mul(z)).mean();
};

const slopes = grad(loss);
const curvature = hessian(loss);

type Step = (w: Tensor) => readonly [next: Tensor, gradientNorm: Tensor];

const newton: Step = jit((w: Tensor) => {
  const g = slopes(w);
  return [w.sub(solve(curvature(w), g)), norm(g)] as const;
});

const descent: Step = jit((w: Tensor) => {
  const g = slopes(w);
  return [w.sub(g.mul(learningRate)), norm(g)] as const;
});

/** Steps from zero until the gradient is shorter than the tolerance. */
const minimize = async (
  step: Step,
  limit: number,
): Promise<readonly [w: Float64Array, steps: number]> => {
  let w = zeros([2]);
  for (let steps = 0; steps < limit; steps++) {
    const [next, gradientNorm] = step(w);
    if (Number(await gradientNorm.item()) < tolerance)
      return [Float64Array.from(await w.data()), steps];
    w = next;
  }
  throw new Error(`no minimum within ${limit} steps`);
};

/** Runs the example. */
export const logisticRegression = async (): Promise<LogisticFit> => {
  const [w, newtonSteps] = await minimize(newton, 10);
  const [v, descentSteps] = await minimize(descent, 10_000);
  const [atCenter = 0, perUnit = 0] = w;
  const slope = perUnit / unit;
  const difference = Math.max(...w.map((x, i) => Math.abs(x - (v[i] ?? 0))));
  return { newtonSteps, descentSteps, intercept: atCenter - slope * center, slope, difference };
};

if (import.meta.main) {
  const start = performance.now();
  const fit = await logisticRegression();
  const seconds = ((performance.now() - start) / 1000).toFixed(2);
  console.log(`log-odds of distress = ${fit.intercept.toFixed(3)} - ${(-fit.slope).toFixed(4)} t`);
  const temperatures = tensor([31, 50, 70, 80]);
  const chances = await sigmoid(temperatures.mul(fit.slope).add(fit.intercept)).data();
  const shown = Array.from(chances, (p) => p.toFixed(4)).join(", ");
  console.log(`P(distress) at 31 (the last launch), 50, 70 and 80 F: ${shown}`);
  console.log(
    `Newton's method: ${fit.newtonSteps} steps; gradient descent: ${fit.descentSteps} steps; ${seconds} s`,
  );
}
