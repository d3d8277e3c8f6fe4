import { readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';

/**
 * Puts what was measured between `<!-- name -->` and `<!-- /name -->` of a page, formatted as the
 * check wants it. All else in the page is written by hand and stays. Throws where a marker is missing.
 */
export async function writeMarked(path: string, name: string, text: string): Promise<void> {
  const page = readFileSync(path, 'utf8');
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${path} has no ${begin} and ${end}`);
  const whole = `${page.slice(0, from + begin.length)}\n\n${text}\n\n${page.slice(to)}`;
  const style = await resolveConfig(path);
  writeFileSync(path, await format(whole, { ...style, filepath: path }));
}
