import { workflowLink } from '../temporal/web-ui.ts';
import type { System } from './find-system.ts';
import type { LinkOf } from './trades/describe-trades.ts';

/** Undefined where nobody says at which address the Web UI is. */
export function linkerOf({ config }: System): LinkOf | undefined {
  const webUi = config.addresses.temporalUi;
  return webUi === undefined ? undefined : (workflowId) => workflowLink(webUi, workflowId);
}

/** Text that goes into a file or a pipe gets none: they would be characters among others. */
export const inTerminal = (linkOf: LinkOf | undefined): LinkOf | undefined =>
  process.stdout.isTTY ? linkOf : undefined;
