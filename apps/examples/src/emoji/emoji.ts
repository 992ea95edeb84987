import type { Image } from "@adjoint/data";

/** A picture and what people call it. */
export type Emoji = {
  /** Its code points, such as "1F600", without the variation selector FE0F. */
  readonly hexcode: string;
  /** Its name, such as "cat face". */
  readonly label: string;
  /** Further words for it. */
  readonly tags: readonly string[];
  /** One of ten, such as "Smileys & Emotion". */
  readonly category: string;
  /** 32 x 32 pixels of RGB, on white. */
  readonly image: Image;
};
