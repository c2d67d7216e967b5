// Makes a typed client of the documents of a live server, compiles readme.ts with it, and makes the calls of the README.
import openapiTS, { astToString } from 'openapi-typescript';
import ts from 'typescript';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync, copyFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [server, key, token] = process.argv.slice(2);
const here = import.meta.dirname;
const folder = mkdtempSync(join(tmpdir(), 'pixee-client.'));
try {
  symlinkSync(join(here, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
  for (const face of ['windev', 'winddle', 'webhooks']) {
    writeFileSync(join(folder, `${face}.d.ts`), astToString(await openapiTS(new URL(`/api/v1/${face}/openapi.json`, server))));
  }

  copyFileSync(join(here, 'readme.ts'), join(folder, 'readme.ts'));
  const program = ts.createProgram([join(folder, 'readme.ts')], {
    strict: true,
    skipLibCheck: true,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
    types: [],
  });
  const problems = [...ts.getPreEmitDiagnostics(program), ...program.emit().diagnostics];
  if (problems.length > 0) {
    throw new Error(ts.formatDiagnostics(problems, { getCanonicalFileName: (f) => f, getCurrentDirectory: () => folder, getNewLine: () => '\n' }));
  }

  const { readme } = await import(pathToFileURL(join(folder, 'readme.js')).href);
  for (const line of await readme(server, key, token)) {
    console.log(line);
  }
} finally {
  rmSync(folder, { recursive: true });
}
