import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generatedFiles } from './generated.ts';

const ROOT = join(import.meta.dirname, '..');

for (const [path, text] of await generatedFiles()) {
  writeFileSync(join(ROOT, path), text);
  console.log(path);
}
