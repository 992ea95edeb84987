import { fromData, type Tensor } from "@adjoint/core";
import { type VlmConfig, vlm } from "@adjoint/models";
import { type CharTokenizer, trainCharTokenizer } from "@adjoint/tokenizers";

/** Pictures, one or several in the order of time, and what to write about them. */
export type Shown = {
  /** Row by row, channel by channel, picture by picture: (F, 3, H, W). */
  readonly pixels: Float32Array;
  readonly answer: string;
};

/** Tokens that no answer has: padding, what begins an answer, what ends it, and what stands for a picture. */
export const [padId, startId, endId, imageToken] = [0, 1, 2, 3] as const;

/** Pictures (N, F, 3, H, W), their prompts and answers (N, T), and the tokens that come next (N, T): padding where none is asked for. */
export type AnswerRows = {
  readonly images: Tensor;
  readonly ids: Tensor;
  readonly targets: Tensor;
};

/** The characters of all answers. */
export const answerTokenizer = (answers: readonly string[]): CharTokenizer =>
  trainCharTokenizer(`\u0000\u0001\u0002\u0003${answers.join("")}`);

/** Pictures side by side: (N, F, 3, H, W). */
export const stackPictures = (
  shown: readonly Shown[],
  frames: number,
  { vision }: VlmConfig,
): Tensor => {
  const shape = [frames, vision.channels, vision.imageSize, vision.imageSize];
  const size = shape.reduce((product, n) => product * n, 1);
  const data = new Float32Array(shown.length * size);
  shown.forEach(({ pixels }, i) => data.set(pixels, i * size));
  return fromData(data, [shown.length, ...shape]);
};

/** The prompt that all pictures have: their places, and what begins an answer. */
export const promptOf = (frames: number, config: VlmConfig): readonly number[] => {
  const places = Array.from({ length: frames }, () => imageToken);
  return vlm.prompt([...places, startId], frames, config);
};

/** Pictures and answers as tokens. */
export const answerRows = (
  shown: readonly Shown[],
  frames: number,
  tokenizer: CharTokenizer,
  config: VlmConfig,
): AnswerRows => {
  const prompt = promptOf(frames, config);
  const answers = shown.map(({ answer }) => [...tokenizer.encode(answer), endId]);
  const longest = answers.reduce((most, answer) => Math.max(most, answer.length), 0);
  const width = prompt.length + longest - 1;
  const ids = new Int32Array(shown.length * width).fill(padId);
  const targets = new Int32Array(shown.length * width).fill(padId);
  answers.forEach((answer, i) => {
    ids.set([...prompt, ...answer.slice(0, -1)], i * width);
    targets.set(answer, i * width + prompt.length - 1);
  });
  const shape = [shown.length, width];
  return {
    images: stackPictures(shown, frames, config),
    ids: fromData(ids, shape),
    targets: fromData(targets, shape),
  };
};
