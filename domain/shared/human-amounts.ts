import { wholeNumber } from './whole-number.ts';

/** An amount of base units as people read it: `1.5`, `23,456,789.12`. Digits beyond are cut off. */
export function humanAmount(units: string, decimals: number): string {
  const value = wholeNumber(units, 'amount');
  const digits = (value < 0n ? -value : value).toString().padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = digits.slice(digits.length - decimals);
  // Seven digits say enough about a large number; a small one keeps what it has.
  const places = whole === '0' ? decimals : Math.max(2, 7 - whole.length);
  const shown = fraction.slice(0, places).replace(/0+$/, '');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return `${value < 0n ? '−' : ''}${grouped}${shown === '' ? '' : `.${shown}`}`;
}

/** All of its digits and no other sign: for other programs. */
export function exactAmount(units: string, decimals: number): string {
  const value = wholeNumber(units, 'amount');
  const digits = (value < 0n ? -value : value).toString().padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = digits.slice(digits.length - decimals).replace(/0+$/, '');
  return `${value < 0n ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

/** With its sign, for results: `+1.25`, `−0.4`. */
export function humanChange(units: string, decimals: number): string {
  const text = humanAmount(units, decimals);
  return text.startsWith('−') ? text : `+${text}`;
}

/** For figures and search attributes only: never computed with. */
export function toFloat(units: string, decimals: number): number {
  return Number(wholeNumber(units, 'amount')) / 10 ** decimals;
}

export type PricedAmounts = {
  readonly base: string;
  readonly baseDecimals: number;
  readonly quote: string;
  readonly quoteDecimals: number;
};

/** Quote per base as people read it, six significant digits; `–` where nothing was exchanged. */
export function humanPrice({ base, baseDecimals, quote, quoteDecimals }: PricedAmounts): string {
  const amount = toFloat(base, baseDecimals);
  return amount === 0 ? '–' : plainNumber(toFloat(quote, quoteDecimals) / amount);
}

/** Six significant digits without an exponent. */
export function plainNumber(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return '0';
  const places = Math.min(20, Math.max(0, 5 - Math.floor(Math.log10(Math.abs(value)))));
  const text = value.toFixed(places);
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

/** `+14 bps`, `−3.5 bps`. */
export function humanBps(bps: number): string {
  const rounded = Math.round(bps * 10) / 10;
  return `${rounded < 0 ? '−' : '+'}${Math.abs(rounded)} bps`;
}

/** `850 ms`, `42 s`, `7 min`, `3 h 20 min`. */
export function humanDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${Math.round(ms / 100) / 10} s`;
  const minutes = Math.round(ms / 60_000);
  if (minutes < 60) return `${minutes} min`;
  const rest = minutes % 60;
  return `${Math.floor(minutes / 60)} h${rest === 0 ? '' : ` ${rest} min`}`;
}

/** `2025-05-04 13:37 UTC`. `Date` here only formats a time that was given. */
export function humanTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
