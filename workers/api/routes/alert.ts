import { createHash } from 'node:crypto';
import { z } from 'zod';
import { readReason } from '../../../domain/control/reason.ts';
import { jsonAnswer } from '../problem.ts';
import { post, type PostRoute } from '../serve.ts';
import { stopAnswer, type ControlDeps } from './control.ts';

const ALERTS_MAX = 256;
const labels = z.record(z.string().max(200), z.string().max(2_000));

/** What AlertManager posts. Fields that nothing follows from are let through unread. */
const request = z.looseObject({
  version: z.literal('4'),
  alerts: z
    .array(
      z.looseObject({
        status: z.enum(['firing', 'resolved']),
        labels,
        annotations: labels.default({}),
        startsAt: z.iso.datetime({ offset: true }),
        fingerprint: z.string().max(100).optional(),
      }),
    )
    .max(ALERTS_MAX),
});
const answers = z.strictObject({
  done: z.enum(['stop', 'pause', 'none']),
  alerts: z.array(z.string()).describe('Names of those that asked for it.'),
});

type Alert = z.output<typeof request>['alerts'][number];

/**
 * A firing alert with the label `action: stop` or `action: pause` does just that. A resolved one
 * lifts nothing: people do.
 */
export function alertRoute(deps: Pick<ControlDeps, 'stop' | 'pause' | 'onOrdered'>): PostRoute {
  return post({
    scopes: ['control', 'alert'],
    isUnlimited: true,
    summary: "AlertManager's webhook: pauses or stops by the label `action`.",
    schema: request,
    answers,
    async handle({ alerts }, caller) {
      const firing = alerts.filter(({ status }) => status === 'firing');
      const asking = (action: string): Alert[] =>
        firing.filter(({ labels: { action: asked } }) => asked === action);
      const [stopping, pausing] = [asking('stop'), asking('pause')];
      const [first] = stopping;
      if (first) {
        const names = stopping.map(nameOf);
        deps.onOrdered('stop', caller, { alerts: names });
        const order = { stopId: stopIdOf(first), reason: reasonOf(names) };
        const report = await deps.stop(order);
        return report.fenced ? jsonAnswer(200, said('stop', names)) : stopAnswer(report);
      }
      if (pausing.length > 0) {
        const names = pausing.map(nameOf);
        await deps.pause('all', reasonOf(names));
        deps.onOrdered('pause', caller, { alerts: names });
        return jsonAnswer(200, said('pause', names));
      }
      return jsonAnswer(200, said('none', []));
    },
  });
}

const said = (
  done: z.input<typeof answers>['done'],
  alerts: string[],
): z.input<typeof answers> => ({ done, alerts });

const nameOf = ({ labels: { alertname } }: Alert): string =>
  (alertname ?? 'unnamed').replace(/[^\w .-]/g, '').slice(0, 60) || 'unnamed';

const reasonOf = (names: readonly string[]): string =>
  readReason(`alert ${names.join(', ')}`.slice(0, 500)) ?? 'alert';

/** AlertManager repeats itself: the same alert is the same stop, and raises the epoch once. */
function stopIdOf({ labels: all, startsAt }: Alert): string {
  const names = Object.keys(all).toSorted();
  const text = JSON.stringify([names.map((name) => [name, all[name]]), startsAt]);
  return `alert-${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
}
