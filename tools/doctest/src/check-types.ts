// Type checks every example against the built packages, before vitest runs them.
import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { documentedFiles } from "./documented-files.ts";
import { type Fence, findFences } from "./fences.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));

const options: ts.CompilerOptions = {
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  target: ts.ScriptTarget.ESNext,
  module: ts.ModuleKind.NodeNext,
  moduleDetection: ts.ModuleDetectionKind.Force,
  lib: ["lib.es2024.d.ts", "lib.esnext.disposable.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts"],
  types: ["node"],
};

interface Example extends Fence {
  readonly file: string;
}

/** Examples by the name of a file that exists only for the compiler, at the root of the repository. */
const examples = new Map<string, Example>(
  documentedFiles(root).flatMap((file) =>
    findFences(readFileSync(join(root, file), "utf8")).map((fence, index) => {
      const name = join(root, `${file.replaceAll(/[\\/.]/g, "-")}-${index}.ts`);
      return [name, { ...fence, file }] as const;
    }),
  ),
);

const disk = ts.createCompilerHost(options);
const host: ts.CompilerHost = {
  ...disk,
  fileExists: (name) => examples.has(name) || disk.fileExists(name),
  readFile: (name) => examples.get(name)?.code ?? disk.readFile(name),
  getSourceFile: (name, version, ...rest) => {
    const example = examples.get(name);
    return example === undefined
      ? disk.getSourceFile(name, version, ...rest)
      : ts.createSourceFile(name, example.code, version);
  },
};

const placeOf = ({ file, start }: ts.Diagnostic): string => {
  if (file === undefined) return "";
  const { line } = file.getLineAndCharacterOfPosition(start ?? 0);
  const example = examples.get(file.fileName);
  return example === undefined
    ? `${relative(root, file.fileName)}:${line + 1}`
    : `${example.file}:${example.line + line}`;
};

const program = ts.createProgram([...examples.keys()], options, host);
const problems = ts.getPreEmitDiagnostics(program);
for (const problem of problems) {
  const message = ts.flattenDiagnosticMessageText(problem.messageText, "\n");
  console.error(`${placeOf(problem)}: ${message}`);
}
console.log(`types of ${examples.size} examples: ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;
