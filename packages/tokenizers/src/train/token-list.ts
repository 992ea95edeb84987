/** Tokens by id and ids by token, while they are made. */
export class TokenList {
  readonly tokens: string[] = [];
  readonly ids: Map<string, number> = new Map();

  /** The id of a token, the next one where it is new. */
  add(token: string): number {
    const known = this.ids.get(token);
    if (known !== undefined) return known;
    this.ids.set(token, this.tokens.length);
    return this.tokens.push(token) - 1;
  }
}
