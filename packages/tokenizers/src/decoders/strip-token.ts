/** A token without up to `start` of the character `content` in front and up to `stop` behind. */
export const stripToken = (token: string, content: string, start: number, stop: number): string => {
  if (content === "") return token;
  let from = 0;
  while (from < start * content.length && token.startsWith(content, from)) from += content.length;
  let to = token.length;
  const least = token.length - stop * content.length;
  while (to > least && to >= from + content.length && token.endsWith(content, to))
    to -= content.length;
  return token.slice(from, to);
};
