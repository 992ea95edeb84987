/** Tells whoever runs the program. `console` is the one channel for that which Node, browsers and workers share. */
export const warn = (message: string): void => {
  globalThis.console?.warn(message);
};
