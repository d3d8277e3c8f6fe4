// Looks for private keys in what is about to be committed. Says where, never what.
import { spawnSync } from 'node:child_process';

const KEYS = [
  {
    what: 'a base58 text as long as a secret key',
    shape: /(?<![1-9A-HJ-NP-Za-km-z])[1-9A-HJ-NP-Za-km-z]{87,88}(?![1-9A-HJ-NP-Za-km-z])/g,
  },
  {
    what: 'a list of 64 bytes, as wallet files hold',
    shape: /\[\s*(?:\d{1,3}\s*,\s*){63}\d{1,3}\s*,?\s*\]/g,
  },
  { what: 'a PEM private key', shape: /-----BEGIN [A-Z ]*PRIVATE KEY-----/g },
];

const found = stagedFiles().flatMap((file) => {
  const text = git('show', `:${file}`);
  return KEYS.flatMap(({ what, shape }) =>
    [...text.matchAll(shape)].map(({ index }) => `${file}:${lineAt(text, index)}: ${what}`),
  );
});
for (const line of found) console.error(line);
if (found.length > 0) {
  // A transaction's signature has the same length: tests make theirs, they do not write them down.
  console.error('Nothing was committed. Keys belong in files under .overmind/secrets.');
  process.exit(1);
}

function stagedFiles() {
  return git('diff', '--cached', '--name-only', '-z', '--diff-filter=ACMR')
    .split('\0')
    .filter((file) => file !== '');
}

function git(...args) {
  const { status, stdout, stderr } = spawnSync('git', args, {
    encoding: 'utf8',
    maxBuffer: 200_000_000,
  });
  if (status !== 0) throw new Error(`git ${args[0]}: ${stderr}`);
  return stdout;
}

function lineAt(text, index) {
  return text.slice(0, index).split('\n').length;
}
