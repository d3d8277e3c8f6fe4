export type Column<Item> = {
  readonly title: string;
  readonly of: (item: Item) => string;
  /** Numbers stand to the right. */
  readonly right?: boolean;
  /** Where a click on it leads, in a terminal that follows links. */
  readonly link?: (item: Item) => string | undefined;
};

const GAP = '  ';

/** Rows under titles, each column as wide as its widest cell. */
export function table<Item>(items: readonly Item[], columns: readonly Column<Item>[]): string {
  const rows = items.map((item) => columns.map(({ of }) => oneLine(of(item))));
  const widths = columns.map(({ title }, at) =>
    Math.max(width(title), ...rows.map((row) => width(row[at] ?? ''))),
  );
  const line = (cells: readonly string[], item?: Item): string =>
    cells
      .map((cell, at) => {
        const room = ' '.repeat(Math.max(0, (widths[at] ?? 0) - width(cell)));
        const target = item === undefined ? undefined : columns[at]?.link?.(item);
        const shown = target === undefined ? cell : hyperlink(cell, target);
        return columns[at]?.right ? room + shown : shown + room;
      })
      .join(GAP)
      .trimEnd();
  const titles = line(columns.map(({ title }) => title));
  return [titles, ...rows.map((row, at) => line(row, items[at]))].join('\n');
}

/** OSC 8: terminals that do not know it show the text alone. */
const hyperlink = (text: string, target: string): string =>
  `\u001B]8;;${target}\u001B\\${text}\u001B]8;;\u001B\\`;

/** Names with their values below one another; an empty value leaves its line out. */
export function facts(pairs: readonly (readonly [name: string, value: string])[]): string {
  const shown = pairs.filter(([, value]) => value !== '');
  const room = Math.max(0, ...shown.map(([name]) => width(name)));
  return shown.map(([name, value]) => `${name.padEnd(room)}${GAP}${oneLine(value)}`).join('\n');
}

/** Code points are enough: ids, numbers and symbols take one cell each. */
const width = (text: string): number => Array.from(text).length;

/** What strangers wrote, a token's name or a provider's error, must not move the cursor. */
const oneLine = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ');
