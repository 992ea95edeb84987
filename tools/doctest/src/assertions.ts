import ts from "typescript";

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

const parse = (code: string): ts.SourceFile =>
  ts.createSourceFile("doctest.ts", code, ts.ScriptTarget.Latest, true);

const startsNote = /^\s*\/\/ ?(=>|throws\b)/;
const isComment = /^\s*\/\/ ?/;

/** The comment behind a statement, or alone on the line below it, with the comment lines that continue it. */
const noteAfter = (code: string, end: number): string | undefined => {
  const [behind = "", ...below] = code.slice(end).split("\n");
  const lines = behind.trim() === "" ? below : [behind, ...below];
  if (!startsNote.test(lines[0] ?? "")) return undefined;
  const more = lines.findIndex((line) => !isComment.test(line));
  return lines
    .slice(0, more === -1 ? lines.length : more)
    .map((line) => line.replace(isComment, ""))
    .join("\n");
};

/** Wraps each number with a fraction in `approximately`, so that it is compared to the digits shown. */
const withApproximateNumbers = (value: string): string => {
  const source = parse(`(${value})`);
  const edits: Edit[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isNumericLiteral(node) && /[.e]/i.test(node.getText())) {
      const parent = node.parent;
      const whole = ts.isPrefixUnaryExpression(parent) ? parent : node;
      const text = `approximately(${JSON.stringify(whole.getText())})`;
      edits.push({ start: whole.getStart(), end: whole.getEnd(), text });
      return;
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return applyEdits(source.text, edits);
};

const applyEdits = (code: string, edits: readonly Edit[]): string =>
  edits.reduceRight((text, e) => text.slice(0, e.start) + e.text + text.slice(e.end), code);

const assertion = (subject: string, note: string): string =>
  note.startsWith("=>")
    ? `expect(${subject}).toEqual(${withApproximateNumbers(note.slice(2).trim())});`
    : `await expectThrows(async () => { await (${subject}); }, ${JSON.stringify(note.slice("throws".length).trim())});`;

const editFor = (statement: ts.Statement, note: string): Edit | undefined => {
  const end = statement.getEnd();
  if (ts.isExpressionStatement(statement)) {
    return {
      start: statement.getStart(),
      end,
      text: assertion(statement.expression.getText(), note),
    };
  }
  if (ts.isVariableStatement(statement)) {
    const name = statement.declarationList.declarations.at(-1)?.name.getText() ?? "";
    return { start: end, end, text: ` ${assertion(name, note)}` };
  }
  return undefined;
};

/**
 * Turns `expression; // => value` and `expression; // throws text` into assertions.
 * Throws for a note that belongs to no statement, which would otherwise check nothing.
 */
export const compileAssertions = (code: string): string => {
  const source = parse(code);
  const edits: Edit[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isExpressionStatement(node) || ts.isVariableStatement(node)) {
      const note = noteAfter(code, node.getEnd());
      const edit = note === undefined ? undefined : editFor(node, note);
      if (edit !== undefined) edits.push(edit);
      return;
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  const notes = code.match(/\/\/ ?(=>|throws\b)/g) ?? [];
  if (notes.length !== edits.length)
    throw new Error(
      `${notes.length} notes, but ${edits.length} of them follow a statement:\n${code}`,
    );
  return applyEdits(code, edits);
};

const nameOf = (specifier: ts.ImportSpecifier): string =>
  specifier.propertyName === undefined
    ? specifier.name.text
    : `${specifier.propertyName.text}: ${specifier.name.text}`;

const dynamicImport = (node: ts.ImportDeclaration): string => {
  const load = `await import(${node.moduleSpecifier.getText()});`;
  const clause = node.importClause;
  if (clause === undefined) return load;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return "";
  const bindings = clause.namedBindings;
  if (bindings === undefined) return `const { default: ${clause.name?.text ?? "_"} } = ${load}`;
  if (ts.isNamespaceImport(bindings)) return `const ${bindings.name.text} = ${load}`;
  const values = bindings.elements.filter((specifier) => !specifier.isTypeOnly);
  return `const { ${values.map(nameOf).join(", ")} } = ${load}`;
};

/** Makes imports dynamic, so that an example can stand inside a function and share no names. */
export const localizeImports = (code: string): string =>
  applyEdits(
    code,
    parse(code)
      .statements.filter((statement) => ts.isImportDeclaration(statement))
      .map((node) => ({ start: node.getStart(), end: node.getEnd(), text: dynamicImport(node) })),
  );
