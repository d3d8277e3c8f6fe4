/** Names of docker-compose.yml in prometheus.yml, and the addresses (host:port) that stand in for them. */
export type Targets = Readonly<Record<string, string | undefined>>;

/**
 * The committed configuration with the addresses of a system that runs here. A target without an
 * address is left out: it would be down for ever. Throws for a name that the file does not hold.
 */
export function prometheusConfig(
  template: string,
  { targets, rules }: { readonly targets: Targets; readonly rules: string },
): string {
  let text = template.replace('rules/*.yml', rules);
  if (text === template) throw new Error('prometheus.yml names no rules/*.yml');
  for (const [name, address] of Object.entries(targets)) {
    const named = `'${name}'`;
    if (!text.includes(named)) throw new Error(`prometheus.yml has no target ${name}`);
    text = text.replaceAll(named, address === undefined ? '' : `'${address}'`);
  }
  return text;
}
