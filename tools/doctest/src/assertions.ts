import ts from "typescript";

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

const parse = (code: string): ts.SourceFile =>
  ts.createSourceFile("doctest.ts", code, ts.ScriptTarget.Latest, true);

/** The comment on the line where a statement ends, with the comment lines that continue it. */
const noteAfter = (code: string, end: number): string | undefined => {
  const [first = "", ...rest] = code.slice(end).split("\n");
  const note = /^\s*\/\/ ?(.*)$/.exec(first)?.[1];
  if (note === undefined || !/^(=>|throws\b)/.test(note)) return undefined;
  const more = rest.findIndex((line) => !/^\s*\/\//.test(line));
  const continued = rest.slice(0, more === -1 ? rest.length : more);
  return [note, ...continued.map((line) => line.replace(/^\s*\/\/ ?/, ""))].join("\n");
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

/** Turns `expression; // => value` and `expression; // throws text` into assertions. */
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
