/** Temporal's limits: a summary is one line of 200 bytes, details are 20 KB of markdown. */
export const SUMMARY_BYTES_MAX = 200;
const DETAILS_LENGTH_MAX = 18_000;
const CELL_LENGTH_MAX = 400;

/** Markdown: a heading and a table with one row a fact. `after` stands below it. */
export function detailsTable(
  headline: string,
  rows: readonly (readonly [what: string, about: string])[],
  after: readonly string[] = [],
): string {
  // The Web UI leaves no room between columns: an en space does.
  const table = rows.map(([what, about]) => `| ${cell(what)}\u2002| ${cell(about)} |`);
  const head = [`### ${escapeMarkdown(headline)}`, '', '| | |', '|---|---|'];
  const text = [...head, ...table, ...after].join('\n');
  return text.length <= DETAILS_LENGTH_MAX ? text : `${text.slice(0, DETAILS_LENGTH_MAX)}…`;
}

/** A token's name or a provider's error is written by strangers: it must not break out of its cell. */
const cell = (text: string): string => escapeMarkdown(oneLine(text).slice(0, CELL_LENGTH_MAX));

export const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();

const escapeMarkdown = (text: string): string => text.replace(/[\\|<>[\]`*]/g, '\\$&');

export function cutToBytes(text: string, bytesMax: number): string {
  if (byteLength(text) <= bytesMax) return text;
  let cut = '';
  // By code point, so that no character is cut in half; '…' takes three bytes.
  for (const character of text) {
    if (byteLength(cut) + byteLength(character) > bytesMax - 3) break;
    cut += character;
  }
  return `${cut}…`;
}

/** UTF-8 length; a workflow has neither Buffer nor a TextEncoder it may rely on. */
export function byteLength(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}
