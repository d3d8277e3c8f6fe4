/** Names of docker-compose.yml in prometheus.yml, and the addresses (host:port) that stand in for them. */
export type Targets = Readonly<Record<string, string | undefined>>;

export type PrometheusSettings = {
  readonly targets: Targets;
  /** Path of the rule files. */
  readonly rules: string;
  /** Between two scrapes and two looks at the rules; the file says 15. */
  readonly everySeconds?: number;
};

/**
 * The committed configuration with the addresses of a system that runs here. A target without an
 * address is left out: it would be down for ever. Throws for a name that the file does not hold.
 */
export function prometheusConfig(
  template: string,
  { targets, rules, everySeconds = 15 }: PrometheusSettings,
): string {
  let text = template.replace('rules/*.yml', rules);
  if (text === template) throw new Error('prometheus.yml names no rules/*.yml');
  // A page may take no longer than until the next one is asked for.
  text = text
    .replaceAll('_interval: 15s', `_interval: ${everySeconds}s`)
    .replaceAll('_timeout: 5s', `_timeout: ${Math.min(5, everySeconds)}s`);
  for (const [name, address] of Object.entries(targets)) {
    const named = `'${name}'`;
    if (!text.includes(named)) throw new Error(`prometheus.yml has no target ${name}`);
    text = text.replaceAll(named, address === undefined ? '' : `'${address}'`);
  }
  return text;
}
