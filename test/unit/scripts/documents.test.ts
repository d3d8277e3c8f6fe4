import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CONFIG_VARIABLES } from '../../../config/environment.ts';
import packageJson from '../../../package.json' with { type: 'json' };
import { savedQueries } from '../../../temporal/web-ui.ts';
import { parseOptions, UsageError } from '../../../workers/dev/options.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const DOCUMENTS = [
  'README.md',
  'CHANGELOG.md',
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];
const COMMANDS = readdirSync(join(ROOT, 'cli', 'commands')).map((name) => name.replace('.ts', ''));
/** Codes of errors look like paths. */
const ERRORS = readFileSync(join(ROOT, 'domain', 'shared', 'errors.ts'), 'utf8');
/** Read by the programs that fetch servers, before there is a configuration. */
const NOT_CONFIGURED = ['OVERMIND_CACHE'];

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const readme = read('README.md');
const found = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map(([, name = '']) => name);
/** Read by Compose itself. */
const OF_COMPOSE = found(read('docker-compose.yml'), /\$\{([A-Z_]+)/g);
const unique = (names: readonly string[]): string[] => [...new Set(names)].toSorted();
/** The rows of the first table after a line that begins so. */
function tableAfter(start: string, text = readme): string {
  const lines = text.split('\n');
  const from = lines.findIndex((line) => line.startsWith(start));
  const first = lines.findIndex((line, index) => index > from && line.startsWith('|'));
  const end = lines.findIndex((line, index) => index > first && !line.startsWith('|'));
  return lines.slice(first, end).join('\n');
}

describe.each(DOCUMENTS)('%s', (path) => {
  const text = read(path);

  it('names only files and folders that exist', () => {
    const ours = readdirSync(ROOT).filter((name) => !name.startsWith('.'));
    const named = found(text, /`([\w.-]+\/[\w./-]*)`/g).filter((name) =>
      ours.includes(name.split('/')[0] ?? ''),
    );
    const linked = found(text, /\]\((?!https?:)([^)#]+)\)/g).map((to) => join(dirname(path), to));
    const exists = (name: string): boolean =>
      existsSync(join(ROOT, name)) || ERRORS.includes(`'${name}'`);
    expect([...named, ...linked].filter((name) => !exists(name))).toEqual([]);
    if (path === 'README.md') expect(named.length).toBeGreaterThan(20); // The search finds some.
  });

  it('names only scripts and commands that exist', () => {
    const scripts = [...found(text, /npm run ([\w:-]+)/g), ...found(text, /`npm (start|test)\b/g)];
    expect(scripts.filter((name) => !(name in packageJson.scripts))).toEqual([]);
    const commands = found(text, /`(?:npx )?overmind ([a-z-]+)/g);
    expect(commands.filter((name) => !COMMANDS.includes(name))).toEqual([]);
    const run = found(text, /^node ([\w./-]+)/gm);
    expect(run.filter((name) => !existsSync(join(ROOT, name)))).toEqual([]);
  });

  it('names only variables that are read', () => {
    const named = found(text, /\b((?:OVERMIND|SNIPER)_[A-Z_]*[A-Z])\b/g);
    const known = [...CONFIG_VARIABLES, ...NOT_CONFIGURED, ...OF_COMPOSE];
    const isKnown = (name: string): boolean =>
      known.includes(name) ||
      // Any variable may be given as a file.
      CONFIG_VARIABLES.includes(name.replace(/_FILE$/, '')) ||
      (text.includes(`${name}_…`) && known.some((one) => one.startsWith(name)));
    expect(named.filter((name) => !isKnown(name))).toEqual([]);
  });
});

describe('the README', () => {
  it('has a line for every command', () => {
    expect(unique(found(tableAfter('## Command line'), /`npx overmind ([a-z-]+)/g))).toEqual(
      COMMANDS.toSorted(),
    );
  });

  it('has every option of npm start, and no other', () => {
    const help = (): string => {
      try {
        parseOptions(['--help']);
      } catch (error) {
        if (error instanceof UsageError) return error.message;
        throw error;
      }
      return '';
    };
    const options = unique(found(help(), /^ +(?:-\w, )?--([a-z-]+)/gm));
    expect(options).toContain('feed');
    const named = unique(found(tableAfter('## Start'), /`--([a-z-]+)/g));
    expect(named).toEqual(options.filter((name) => name !== 'help'));
  });

  it('says the defaults that hold', () => {
    const example = read('.env.example');
    const rows = tableAfter('## Configuration').matchAll(/^\| `([A-Z_]+)` +\| `([\w.]+)` +\|/gm);
    const said = [...rows].map(([, name, value]) => `${name}=${value}`);
    expect(said.length).toBeGreaterThanOrEqual(3);
    expect(said.filter((line) => !example.split('\n').includes(line))).toEqual([]);
  });
});

describe('the page about reading a trade', () => {
  it('lists what `overmind links` prints', () => {
    const table = tableAfter('## The list', read('docs/reading-a-trade.md'));
    const rows = [...table.matchAll(/^\| ([a-z][a-z ]*?) +\| `(.+?)` +\|$/gm)];
    expect(rows.map(([, name, query]) => [name, query])).toEqual(
      savedQueries(new Date('2026-11-26T12:00:00Z')),
    );
  });
});
