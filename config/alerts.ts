import type { Settings } from './environment.ts';

/** Who is told of every alert, beside the api. Each part is there where it is configured. */
export type PeopleReceivers = {
  readonly webhook?: string;
  readonly email?: {
    readonly to: string;
    readonly from: string;
    /** host:port; TLS is required. */
    readonly smarthost: string;
    readonly user?: string;
    readonly password?: string;
  };
  readonly telegram?: { readonly chatId: number; readonly token: string };
};

const EMAIL = [
  'OVERMIND_ALERT_EMAIL_TO',
  'OVERMIND_ALERT_EMAIL_FROM',
  'OVERMIND_ALERT_SMTP_ADDRESS',
] as const;
const SIGN_IN = ['OVERMIND_ALERT_SMTP_USER', 'OVERMIND_ALERT_SMTP_PASSWORD'] as const;
const TELEGRAM = ['OVERMIND_ALERT_TELEGRAM_CHAT_ID', 'OVERMIND_ALERT_TELEGRAM_TOKEN'] as const;

/** Those of a group that are missing while another one is given: half a receiver tells nobody. */
export function missingOfAlerts(env: Settings): readonly string[] {
  return [EMAIL, SIGN_IN, TELEGRAM].flatMap((group) => {
    const missing = group.filter((name) => env[name] === undefined);
    return missing.length === group.length ? [] : missing;
  });
}

export function peopleOf(env: Settings): PeopleReceivers {
  const {
    OVERMIND_ALERT_WEBHOOK_URL: webhook,
    OVERMIND_ALERT_EMAIL_TO: to,
    OVERMIND_ALERT_EMAIL_FROM: from,
    OVERMIND_ALERT_SMTP_ADDRESS: smarthost,
    OVERMIND_ALERT_SMTP_USER: user,
    OVERMIND_ALERT_SMTP_PASSWORD: password,
    OVERMIND_ALERT_TELEGRAM_CHAT_ID: chatId,
    OVERMIND_ALERT_TELEGRAM_TOKEN: token,
  } = env;
  const signIn = user === undefined || password === undefined ? {} : { user, password };
  return {
    ...(webhook === undefined ? {} : { webhook }),
    ...(to === undefined || from === undefined || smarthost === undefined
      ? {}
      : { email: { to, from, smarthost, ...signIn } }),
    ...(chatId === undefined || token === undefined ? {} : { telegram: { chatId, token } }),
  };
}
