import { defaultPayloadConverter, type Payload } from '@temporalio/common';

/**
 * Writes the history that a workflow would have left on a server, so that replaying it needs none.
 * Commands of a workflow task stand right after its completion, in the order they were given.
 */
export type HistoryBuilder = {
  /** Command: a local activity that answered within the task. */
  local(name: string, result?: unknown): HistoryBuilder;
  /** Command: a local activity whose last try failed. */
  localFailed(name: string, message: string): HistoryBuilder;
  /** Command: a regular activity. */
  schedule(name: string): HistoryBuilder;
  /** Command. Ids count every timer the code made, those that never reached the server, too. */
  startTimer(timerId: number, seconds: number): HistoryBuilder;
  cancelTimer(timerId: number): HistoryBuilder;
  /** Command: search attributes changed. */
  upsert(): HistoryBuilder;
  /** Commands: a change of the workflow's code, by its name. */
  patch(id: string): HistoryBuilder;
  /** Command: the memo changed. */
  memo(): HistoryBuilder;
  /** Commands: an update that arrived with the task was accepted and answered. */
  answered(update: string, input: unknown, result: unknown): HistoryBuilder;
  /** What arrived, then the workflow task that looked at it. Several arrive together. */
  arrive(...events: readonly Arrival[]): HistoryBuilder;
  /** The last command. */
  completed(result: unknown): History;
};

export type Arrival =
  | { readonly answer: string; readonly result: unknown }
  | { readonly failure: string; readonly message: string }
  /** No worker took it. */
  | { readonly untaken: string }
  | { readonly signal: string; readonly input: readonly unknown[] }
  | { readonly timerFired: number };

export type History = { readonly events: readonly object[] };

const QUEUE = { name: 'replay' };
/** Without the flags a replay compares no activity names, and wrong code passes. */
const SDK_METADATA = { coreUsedFlags: [1, 2, 3], langUsedFlags: [2] };

export function historyOf(workflowType: string, input: readonly unknown[]): HistoryBuilder {
  const events: object[] = [];
  const scheduled = new Map<string, string>();
  const timers = new Map<number, string>();
  let activities = 0;
  let task = '0';

  const add = (type: string, attributes: object): string => {
    const eventId = String(events.length + 1);
    const eventTime = new Date(Date.UTC(2025, 4, 4) + events.length * 10).toISOString();
    const name = type.toLowerCase().replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
    const body = { [`${name}EventAttributes`]: attributes };
    events.push({ eventId, eventTime, eventType: `EVENT_TYPE_${type}`, ...body });
    return eventId;
  };
  const command = (type: string, attributes: object): string =>
    add(type, { ...attributes, workflowTaskCompletedEventId: task });
  const marker = (name: string, outcome: object, details: object): void => {
    const seq = ++activities;
    const data = { seq, attempt: 1, activity_id: String(seq), activity_type: name, backoff: null };
    const times = { complete_time: { seconds: 1, nanos: 0 }, original_schedule_time: null };
    command('MARKER_RECORDED', {
      markerName: 'core_local_activity',
      details: { data: payloads([{ ...data, ...times }]), ...details },
      ...outcome,
    });
  };
  const workflowTask = (): void => {
    const attempt = { taskQueue: QUEUE, attempt: 1 };
    const scheduledEventId = add('WORKFLOW_TASK_SCHEDULED', attempt);
    const requestId = scheduledEventId;
    const startedEventId = add('WORKFLOW_TASK_STARTED', { scheduledEventId, requestId });
    const done = { scheduledEventId, startedEventId, sdkMetadata: SDK_METADATA };
    task = add('WORKFLOW_TASK_COMPLETED', done);
  };
  const answerTo = (name: string): { scheduledEventId: string; startedEventId: string } => {
    const scheduledEventId = idIn(scheduled, name);
    const startedEventId = add('ACTIVITY_TASK_STARTED', { scheduledEventId, attempt: 1 });
    return { scheduledEventId, startedEventId };
  };
  const arrival = (event: Arrival): void => {
    if ('answer' in event) {
      const ids = answerTo(event.answer);
      add('ACTIVITY_TASK_COMPLETED', { ...ids, result: payloads([event.result]) });
    } else if ('failure' in event) {
      const ids = answerTo(event.failure);
      add('ACTIVITY_TASK_FAILED', { ...ids, failure: failureOf(event.message) });
    } else if ('untaken' in event) {
      const scheduledEventId = idIn(scheduled, event.untaken);
      const timeoutFailureInfo = { timeoutType: 'TIMEOUT_TYPE_SCHEDULE_TO_START' };
      const failure = { message: 'activity timeout', timeoutFailureInfo };
      const retryState = 'RETRY_STATE_TIMEOUT';
      add('ACTIVITY_TASK_TIMED_OUT', { scheduledEventId, failure, retryState });
    } else if ('signal' in event) {
      const { signal, input: given } = event;
      add('WORKFLOW_EXECUTION_SIGNALED', { signalName: signal, input: payloads(given) });
    } else {
      const timerId = String(event.timerFired);
      add('TIMER_FIRED', { timerId, startedEventId: idIn(timers, event.timerFired) });
    }
  };

  const builder: HistoryBuilder = {
    local(name, result) {
      marker(name, {}, { result: payloads([result]) });
      return builder;
    },
    localFailed(name, message) {
      marker(name, { failure: failureOf(message) }, {});
      return builder;
    },
    schedule(name) {
      const activityId = String(++activities);
      const activity = { activityId, activityType: { name }, taskQueue: QUEUE };
      scheduled.set(name, command('ACTIVITY_TASK_SCHEDULED', activity));
      return builder;
    },
    startTimer(timerId, seconds) {
      const timer = { timerId: String(timerId), startToFireTimeout: `${seconds}s` };
      timers.set(timerId, command('TIMER_STARTED', timer));
      return builder;
    },
    cancelTimer(timerId) {
      const startedEventId = idIn(timers, timerId);
      command('TIMER_CANCELED', { timerId: String(timerId), startedEventId });
      return builder;
    },
    upsert() {
      command('UPSERT_WORKFLOW_SEARCH_ATTRIBUTES', { searchAttributes: { indexedFields: {} } });
      return builder;
    },
    patch(id) {
      const data = { id, deprecated: false };
      command('MARKER_RECORDED', {
        markerName: 'core_patch',
        details: { 'patch-data': payloads([data]) },
      });
      return builder.upsert();
    },
    memo() {
      command('WORKFLOW_PROPERTIES_MODIFIED', { upsertedMemo: { fields: {} } });
      return builder;
    },
    answered(name, given, result) {
      const updateId = `update-${events.length}`;
      const accepted = {
        protocolInstanceId: updateId,
        acceptedRequestMessageId: `${updateId}/request`,
        acceptedRequestSequencingEventId: String(Number(task) - 1),
        acceptedRequest: {
          meta: { updateId, identity: 'operator' },
          input: { header: {}, name, args: payloads([given]) },
        },
      };
      const acceptedEventId = add('WORKFLOW_EXECUTION_UPDATE_ACCEPTED', accepted);
      const outcome = { success: payloads([result]) };
      add('WORKFLOW_EXECUTION_UPDATE_COMPLETED', { meta: { updateId }, acceptedEventId, outcome });
      return builder;
    },
    arrive(...arrived) {
      for (const event of arrived) arrival(event);
      workflowTask();
      return builder;
    },
    completed(result) {
      command('WORKFLOW_EXECUTION_COMPLETED', { result: payloads([result]) });
      return { events };
    },
  };

  add('WORKFLOW_EXECUTION_STARTED', {
    workflowType: { name: workflowType },
    taskQueue: QUEUE,
    input: payloads(input),
    workflowTaskTimeout: '5s',
    originalExecutionRunId: 'r',
    firstExecutionRunId: 'r',
    attempt: 1,
  });
  workflowTask();
  return builder;
}

function idIn<Key>(ids: ReadonlyMap<Key, string>, key: Key): string {
  const id = ids.get(key);
  if (id === undefined) throw new Error(`${String(key)} was never started in this history`);
  return id;
}

function failureOf(message: string): object {
  return {
    message: 'activity failed',
    activityFailureInfo: { activityType: { name: 'any' }, retryState: 'RETRY_STATE_TIMEOUT' },
    cause: { message, applicationFailureInfo: { type: 'Error', nonRetryable: true } },
  };
}

function payloads(values: readonly unknown[]): object {
  return { payloads: values.map((value) => asJson(defaultPayloadConverter.toPayload(value))) };
}

/** The spelling of protobuf's JSON: bytes as base64. */
function asJson({ metadata, data }: Payload): object {
  const base64 = (bytes: Uint8Array | null | undefined): string =>
    Buffer.from(bytes ?? []).toString('base64');
  const encoded = Object.entries(metadata ?? {}).map(([key, bytes]) => [key, base64(bytes)]);
  return { metadata: Object.fromEntries(encoded), data: base64(data) };
}
