export type Sample = {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
};

export type Family = {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly samples: readonly Sample[];
};

const SUFFIXES = /_(bucket|sum|count|total|created)$/;

/**
 * Reads Prometheus' text format and refuses what its own checker refuses: a family without help or
 * type, or declared twice; a sample of no family, twice, or without a number.
 */
export function readExposition(text: string): ReadonlyMap<string, Family> {
  const families = new Map<string, Family & { samples: Sample[] }>();
  const seen = new Set<string>();
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  for (const line of text.split('\n')) {
    const [, help, helpText] = /^# HELP (\S+) (.+)$/.exec(line) ?? [];
    const [, typed, type] = /^# TYPE (\S+) (counter|gauge|histogram|summary)$/.exec(line) ?? [];
    if (line === '') continue;
    if (help !== undefined && helpText !== undefined) {
      if (families.has(help)) throw new Error(`${help} is declared twice`);
      families.set(help, { name: help, help: helpText, type: '', samples: [] });
    } else if (typed !== undefined && type !== undefined) {
      const family = families.get(typed);
      if (!family || family.type !== '') throw new Error(`${typed} has no help, or two types`);
      families.set(typed, { ...family, type });
    } else {
      const sample = readSample(line);
      const key = `${sample.name}${JSON.stringify(sample.labels)}`;
      if (seen.has(key)) throw new Error(`${key} is there twice`);
      seen.add(key);
      const family = families.get(sample.name) ?? families.get(sample.name.replace(SUFFIXES, ''));
      if (!family || family.type === '') throw new Error(`${sample.name} is of no declared family`);
      family.samples.push(sample);
    }
  }
  return families;
}

function readSample(line: string): Sample {
  const [, name, labels = '', value] =
    /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (-?\d\S*|nan|[+-]?inf)$/i.exec(line) ?? [];
  if (name === undefined || value === undefined) throw new Error(`unreadable line: ${line}`);
  const pairs = [...labels.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)",?/g)];
  if (pairs.map(([whole]) => whole).join('') !== labels) throw new Error(`bad labels: ${line}`);
  return {
    name,
    labels: Object.fromEntries(pairs.map(([, label = '', text = '']) => [label, text])),
    // Prometheus reads the words in any case.
    value: Number(value.replace(/inf/i, 'Infinity').replace(/nan/i, 'NaN')),
  };
}
