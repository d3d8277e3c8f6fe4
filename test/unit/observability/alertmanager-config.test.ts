import { describe, expect, it } from 'vitest';
import { alertmanagerConfig } from '../../../workers/observe/alertmanager-config.ts';
import { prometheusConfig } from '../../../workers/observe/prometheus-config.ts';

const control = { url: 'http://127.0.0.1:8080/control/alert', tokenFile: '/run/token' };

describe("AlertManager's configuration", () => {
  it('tells the api alone where nobody else is named', () => {
    const text = alertmanagerConfig({ control });
    expect(text).toContain('credentials_file: "/run/token"');
    for (const kind of ['email', 'telegram']) expect(text).not.toContain(`${kind}_configs`);
  });

  it('tells everyone who is named', () => {
    const email = { to: 'a@b.c', from: 'd@e.f', smarthost: 'm:25', user: 'u', password: 'p' };
    const telegram = { chatId: -7, token: '1:x' };
    const text = alertmanagerConfig({ control, people: { webhook: 'http://x/', email, telegram } });
    expect(text).toContain('- url: "http://x/"');
    expect(text).toContain('auth_password: "p"');
    expect(text).toContain('chat_id: -7');
  });

  it('keeps what an operator types inside its quotes', () => {
    const people = { webhook: 'http://x/"\n  - name: other' };
    const text = alertmanagerConfig({ control, people });
    expect(text).toContain('- url: "http://x/\\"\\n  - name: other"');
  });
});

describe("Prometheus' configuration", () => {
  const template = "rule_files: [rules/*.yml]\ntargets: ['api:8080']\nother: ['brain:9465']\n";

  it('has the addresses of what runs, and no target without one', () => {
    const targets = { 'api:8080': '127.0.0.1:1', 'brain:9465': undefined };
    expect(prometheusConfig(template, { targets, rules: '/r/*.yml' })).toBe(
      "rule_files: [/r/*.yml]\ntargets: ['127.0.0.1:1']\nother: []\n",
    );
  });

  it('is refused where a name is not in it', () => {
    const rules = '/r/*.yml';
    expect(() => prometheusConfig(template, { targets: { 'x:1': 'y' }, rules })).toThrow('x:1');
    expect(() => prometheusConfig('', { targets: {}, rules })).toThrow('rules');
  });
});
