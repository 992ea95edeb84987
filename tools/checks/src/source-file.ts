import { readFileSync } from "node:fs";
import ts from "typescript";

export interface Problem {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

export const parse = (file: string): ts.SourceFile =>
  ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true);

export const problemAt = (source: ts.SourceFile, node: ts.Node, message: string): Problem => ({
  file: source.fileName,
  line: source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1,
  message,
});

/** Every module specifier of a file: import, export from, and dynamic import of a literal. */
export const importsOf = (source: ts.SourceFile): readonly ts.StringLiteral[] => {
  const found: ts.StringLiteral[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
      const specifier = node.moduleSpecifier;
      if (specifier !== undefined && ts.isStringLiteral(specifier)) found.push(specifier);
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [specifier] = node.arguments;
      if (specifier !== undefined && ts.isStringLiteral(specifier)) found.push(specifier);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      if (ts.isStringLiteral(node.argument.literal)) found.push(node.argument.literal);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
};
