export type PartState<Value> = {
  /** What it said last, while that is its present answer. */
  readonly value: Value | undefined;
  /** Why there is no value, or the last fault. */
  readonly fault: string | undefined;
  /** By the monotonic clock; undefined until it has answered once. */
  readonly heardAtMs: number | undefined;
};

export type PartWatch<Value> = {
  read(): PartState<Value>;
  stop(): void;
};

export type PartWatchOptions<Value> = {
  readonly probe: () => Promise<Value>;
  readonly everyMs: number;
  readonly limitMs: number;
  readonly onChange: (fault: string | undefined) => void;
};

/**
 * Asks one part again and again, one question at a time, whoever reads the answers: a slow part
 * must neither pile up questions nor hold up a health check.
 */
export function watchPart<Value>(options: PartWatchOptions<Value>): PartWatch<Value> {
  const { probe, everyMs, limitMs, onChange } = options;
  let state: PartState<Value> = { value: undefined, fault: 'not asked yet', heardAtMs: undefined };
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  const look = async (): Promise<void> => {
    const before = state.fault;
    try {
      const value = await within(probe(), limitMs);
      state = { value, fault: undefined, heardAtMs: performance.now() };
    } catch (error) {
      const fault = error instanceof Error ? error.message : String(error);
      state = { value: undefined, fault, heardAtMs: state.heardAtMs };
    }
    if (state.fault !== before) onChange(state.fault);
    if (!stopped) timer = setTimeout(() => void look(), everyMs);
  };
  void look();
  return {
    read: () => state,
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

/** The answer, or a fault when the time is over; what is late is dropped. */
export async function within<Value>(answer: Promise<Value>, limitMs: number): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
