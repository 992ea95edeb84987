import ts from "typescript";
import { type Problem, problemAt } from "./source-file.ts";

const declarationsOf = (checker: ts.TypeChecker, symbol: ts.Symbol): readonly ts.Declaration[] => {
  const alias = (symbol.flags & ts.SymbolFlags.Alias) !== 0;
  return (alias ? checker.getAliasedSymbol(symbol) : symbol).declarations ?? [];
};

const hasDocComment = (node: ts.Node): boolean =>
  ts.getJSDocCommentsAndTags(node).some((doc) => ts.isJSDoc(doc));

const checkModule = (checker: ts.TypeChecker, entry: ts.SourceFile): Problem[] => {
  const module = checker.getSymbolAtLocation(entry);
  if (module === undefined) return [];
  return checker.getExportsOfModule(module).flatMap((symbol) => {
    const declarations = declarationsOf(checker, symbol);
    const [first] = declarations;
    if (first === undefined || declarations.some(hasDocComment)) return [];
    const message = `export ${symbol.name} has no doc comment; say what it is`;
    return [problemAt(first.getSourceFile(), first, message)];
  });
};

/** Every name that a package entry exports says in a doc comment what it is. */
export const checkDocComments = (entries: readonly string[]): Problem[] => {
  const program = ts.createProgram(entries, {
    allowImportingTsExtensions: true,
    noEmit: true,
    noLib: true,
    types: [],
    module: ts.ModuleKind.NodeNext,
    customConditions: ["@adjoint/source"],
  });
  const checker = program.getTypeChecker();
  const problems = entries.flatMap((entry) => {
    const source = program.getSourceFile(entry);
    return source === undefined ? [] : checkModule(checker, source);
  });
  const key = (problem: Problem): string => `${problem.file}:${problem.line}`;
  return [...new Map(problems.map((problem) => [key(problem), problem])).values()];
};
