// Every export of the package has a doc comment, as editors show it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const ENTRY = fileURLToPath(new URL("../dist/index.d.ts", import.meta.url));
/** Members whose names need no comment. */
const PLAIN = new Set(["constructor", "x", "y", "name", "message", "width", "height", "title", "pool", "signal", "roomId", "G", "players", "prototype"]);

test("every export and every member that needs it has a doc comment", () => {
  const program = ts.createProgram([ENTRY], { target: ts.ScriptTarget.ES2022, moduleResolution: ts.ModuleResolutionKind.Bundler });
  const checker = program.getTypeChecker();
  const isOwn = (symbol) => symbol.declarations?.some((node) => node.getSourceFile().fileName.includes("/sdk/dist/"));
  const isSilent = (symbol) => symbol.getDocumentationComment(checker).length === 0 && symbol.getJsDocTags(checker).length === 0;
  const silent = [];
  for (const exported of checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(ENTRY)))) {
    const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
    if (isSilent(symbol) && isSilent(exported)) silent.push(exported.name);
    for (const member of [...(symbol.members?.values() ?? []), ...(symbol.exports?.values() ?? [])]) {
      const isPrivate = member.name.startsWith("__") || member.name.includes("#");
      if (!isPrivate && isOwn(member) && !PLAIN.has(member.name) && isSilent(member)) silent.push(`${exported.name}.${member.name}`);
    }
  }
  assert.deepEqual(silent, []);
});
