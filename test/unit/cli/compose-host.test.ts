import { describe, expect, it } from 'vitest';
import { describeHost, type HostFacts } from '../../../cli/doctor/compose-host.ts';

const ubuntu = (version: string): string =>
  `PRETTY_NAME="Ubuntu ${version} LTS"\nID=ubuntu\nVERSION_ID="${version}"\n`;
const least: HostFacts = {
  memoryBytes: 24e9,
  cores: 8,
  diskBytes: 100e9,
  osRelease: ubuntu('20.04'),
  docker: '/usr/bin/docker',
};

describe('the host that Compose wants', () => {
  it('is enough at its least', () => {
    expect(describeHost(least)).toBe('24 GB memory, 8 cores, 100 GB disk, Ubuntu 20.04 LTS');
    expect(describeHost({ ...least, osRelease: ubuntu('26.04') })).toContain('Ubuntu 26.04');
  });

  it.each<[Partial<HostFacts>, string]>([
    [{ memoryBytes: 24e9 - 1 }, '23 GB memory'],
    [{ cores: 7 }, '7 cores'],
    [{ diskBytes: 100e9 - 1 }, '99 GB disk'],
    [{ osRelease: ubuntu('18.04') }, 'Ubuntu 18.04 LTS'],
    [{ osRelease: 'PRETTY_NAME="Debian GNU/Linux 12"\nID=debian\nVERSION_ID="12"' }, 'Debian'],
    [{ osRelease: '' }, 'an unknown system'],
    [{ docker: undefined }, 'no docker on PATH'],
  ])('says what is too little: %o', (facts, said) => {
    expect(() => describeHost({ ...least, ...facts })).toThrow(said);
  });

  it('says all of it at once', () => {
    expect(() => describeHost({ ...least, cores: 2, docker: undefined })).toThrow(
      '2 cores, no docker on PATH',
    );
  });
});
