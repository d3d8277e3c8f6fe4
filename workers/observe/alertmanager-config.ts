import type { PeopleReceivers } from '../../config/alerts.ts';

/** The api's webhook, which pauses or stops, and the file with the token that it asks for. */
export type ControlReceiver = { readonly url: string; readonly tokenFile: string };

export type AlertmanagerSettings = {
  readonly control: ControlReceiver;
  readonly people?: PeopleReceivers;
  /** How long alerts of one name are gathered before the first word of them. */
  readonly groupWaitSeconds?: number;
};

/** The names of docker-compose.yml. */
export const COMPOSE_CONTROL: ControlReceiver = {
  url: 'http://api:8080/control/alert',
  tokenFile: '/run/secrets/alertmanager_token',
};

/**
 * AlertManager's configuration as YAML. Alerts that ask for an action go to the api at once, and on
 * to people; passwords of people's receivers stand in it, so the file is for its owner alone.
 */
export function alertmanagerConfig(settings: AlertmanagerSettings): string {
  const { control, people = {}, groupWaitSeconds = 10 } = settings;
  return `# Written by npm run write:ops (Compose) and by npm run observe. See docs/alerts.md.
route:
  receiver: people
  group_by: [alertname]
  group_wait: ${groupWaitSeconds}s
  group_interval: 1m
  repeat_interval: 4h
  routes:
    # Money first: whoever can pause hears of it without waiting, then people.
    - matchers: ['action=~"pause|stop"']
      receiver: control
      group_wait: 0s
      continue: true
    - receiver: people

receivers:
  - name: control
    webhook_configs:
      - url: ${quoted(control.url)}
        send_resolved: false
        http_config:
          authorization:
            credentials_file: ${quoted(control.tokenFile)}
  - name: people
${peopleOf(people)}`;
}

function peopleOf({ webhook, email, telegram }: PeopleReceivers): string {
  return [
    ...(webhook === undefined ? [] : [`    webhook_configs:\n      - url: ${quoted(webhook)}\n`]),
    ...(email === undefined ? [] : [emailOf(email)]),
    ...(telegram === undefined ? [] : [telegramOf(telegram)]),
  ].join('');
}

function emailOf(email: NonNullable<PeopleReceivers['email']>): string {
  const { to, from, smarthost, user, password } = email;
  const signIn =
    user === undefined || password === undefined
      ? ''
      : `        auth_username: ${quoted(user)}\n        auth_password: ${quoted(password)}\n`;
  return `    email_configs:
      - to: ${quoted(to)}
        from: ${quoted(from)}
        smarthost: ${quoted(smarthost)}
        send_resolved: true
${signIn}`;
}

const telegramOf = ({ chatId, token }: NonNullable<PeopleReceivers['telegram']>): string =>
  `    telegram_configs:
      - chat_id: ${chatId}
        bot_token: ${quoted(token)}
        send_resolved: true
`;

/** A JSON string is a YAML string, whatever stands in it. */
const quoted = (text: string): string => JSON.stringify(text);
