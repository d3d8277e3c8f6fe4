import { SearchAttributeType } from '@temporalio/common';
import { NAMESPACE } from './ids.ts';
import { attributes } from './search-attributes.ts';

const CLI_TYPE = {
  [SearchAttributeType.TEXT]: 'Text',
  [SearchAttributeType.KEYWORD]: 'Keyword',
  [SearchAttributeType.INT]: 'Int',
  [SearchAttributeType.DOUBLE]: 'Double',
  [SearchAttributeType.BOOL]: 'Bool',
  [SearchAttributeType.DATETIME]: 'Datetime',
  [SearchAttributeType.KEYWORD_LIST]: 'KeywordList',
} as const;

/**
 * The defaults make a trade slow: 20 polls a second a shard means that each hop waits for a 50 ms
 * token, and no timer fires before about a second.
 */
const FAST_KEYS = [
  'system.enableActivityEagerExecution=true',
  'system.enableEagerWorkflowStart=true',
  'history.transferProcessorMaxPollRPS=2000',
  'history.timerProcessorMaxPollRPS=2000',
  'history.visibilityProcessorMaxPollRPS=200',
  'history.timerProcessorMaxTimeShift="10ms"',
  'matching.numTaskqueueReadPartitions=1',
  'matching.numTaskqueueWritePartitions=1',
] as const;

export type DevServerPlace = {
  readonly port: number;
  readonly uiPort: number;
  readonly metricsPort: number;
  /** One SQLite file. Without write-ahead log it costs twice the latency. */
  readonly database: string;
};

export function devServerArgs(place: DevServerPlace): string[] {
  return [
    ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(place.port)],
    ...['--ui-port', String(place.uiPort), '--metrics-port', String(place.metricsPort)],
    ...['--namespace', NAMESPACE, '--db-filename', place.database],
    ...['--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=NORMAL'],
    ...['--log-level', 'warn'],
    ...Object.values(attributes).flatMap(({ name, type }) => [
      '--search-attribute',
      `${name}=${CLI_TYPE[type]}`,
    ]),
    ...FAST_KEYS.flatMap((key) => ['--dynamic-config-value', key]),
  ];
}
