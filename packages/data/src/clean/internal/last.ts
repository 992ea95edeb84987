/** `f` that remembers its last result: rules ask for the words of the same text one after another. */
export const rememberLast = <B>(f: (text: string) => B): ((text: string) => B) => {
  let last: { readonly text: string; readonly value: B } | undefined;
  return (text) => {
    if (last === undefined || last.text !== text) last = { text, value: f(text) };
    return last.value;
  };
};
