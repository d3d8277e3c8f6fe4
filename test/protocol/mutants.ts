/** One guard removed from the product's own text. `guard` must be found exactly once. */
export type Mutant = {
  readonly name: string;
  readonly file: string;
  readonly guard: string;
  readonly without: string;
  /**
   * A test file that must fail instead: where another guard catches the same in the model, so that
   * this one is a second line, or where the model has no part in it.
   */
  readonly test?: string;
};

/** Guards of the executor. One that no list has is one that nobody would miss. */
export const EXECUTOR_MUTANTS: readonly Mutant[] = [
  {
    name: 'executor epoch',
    file: 'hotpath/last-look.ts',
    guard: "if (permit.executorEpoch !== control.executorEpoch) return 'uncertain';",
    without: '',
  },
  {
    name: 'uncertain is not refused',
    file: 'hotpath/pipeline.ts',
    guard: "if (look === 'uncertain') return uncertain(reading);",
    without: "if (look === 'uncertain') return refuse(reading, 'old-epoch');",
  },
  {
    name: 'halt flag',
    file: 'hotpath/last-look.ts',
    guard: "return 'halted';",
    without: '',
    test: 'test/unit/hotpath/last-look.test.ts',
  },
  {
    name: 'flatten of this halt alone',
    file: 'hotpath/last-look.ts',
    guard: 'permit.reduceOnly && permit.flattenOf === control.haltEpoch',
    without: 'permit.flattenOf !== undefined',
    test: 'test/unit/hotpath/last-look.test.ts',
  },
  {
    name: 'halt epoch',
    file: 'hotpath/last-look.ts',
    guard: "if (permit.haltEpoch !== control.haltEpoch) return 'old-epoch';",
    without: '',
    test: 'test/unit/hotpath/last-look.test.ts',
  },
  {
    name: 'expiry by the wall clock',
    file: 'hotpath/last-look.ts',
    guard: 'wallMs >= permit.validUntilMs || chain.height',
    without: 'chain.height',
    test: 'test/unit/hotpath/last-look.test.ts',
  },
  {
    name: 'expiry by block height',
    file: 'hotpath/last-look.ts',
    guard: ' || chain.height > permit.validUntilHeight',
    without: '',
  },
  {
    name: "executor's own caps",
    file: 'hotpath/last-look.ts',
    guard: "if (exceeds(permit, caps)) return 'over-cap';",
    without: '',
    test: 'test/unit/hotpath/last-look.test.ts',
  },
  {
    name: 'MAC',
    file: 'hotpath/read-permit.ts',
    guard: 'm === undefined || !mac.verify(p, m)',
    without: 'm === undefined',
  },
  {
    name: 'dedupe',
    file: 'hotpath/pipeline.ts',
    guard: "if (admission !== 'new') return ignore(entry, admission);",
    without: '',
  },
  {
    name: 'a refusal is remembered',
    file: 'hotpath/seen.ts',
    guard: 'if (entry) entry.what = what;',
    without:
      "if (what.kind === 'refused') ids.delete(id);\n      else if (entry) entry.what = what;",
  },
  {
    name: 'a permit is forgotten by the monotonic clock',
    file: 'hotpath/seen.ts',
    guard: 'const keptUntilMs = monotonicMs + Math.max(0, leftMs) + KEPT_AFTER_END_MS;',
    without: 'const keptUntilMs = monotonicMs + Math.max(0, leftMs) - 3_000;',
  },
  {
    name: 'lease look before the write',
    file: 'hotpath/pipeline.ts',
    guard: "if (!control.leaseHolds()) return withdraw(reading, 'lease-ended');",
    without: '',
  },
  {
    name: 'clock look before the write',
    file: 'hotpath/pipeline.ts',
    guard: "if (recorded.wallMs >= permit.validUntilMs) return withdraw(reading, 'expired');",
    without: '',
  },
  {
    name: 'journal before the send',
    file: 'hotpath/pipeline.ts',
    guard: 'if (!recordSigned(permit, swap, blockhash.lastValidHeight)) {',
    without: 'if (blockhash.lastValidHeight === 0) {',
  },
  {
    name: 'a journal that cannot be written stops the send',
    file: 'hotpath/pipeline.ts',
    guard: 'haltOnJournalFault(error);\n      return false;',
    without: 'haltOnJournalFault(error);\n      return true;',
  },
  {
    name: 'void only what has not left',
    file: 'hotpath/pipeline.ts',
    guard: "if (sender.send(permit.route, swap.wire) === 0) return withdraw(reading, 'congested');",
    without:
      "sender.send(permit.route, swap.wire);\n    if (sender.blockedBy(permit.route)) return withdraw(reading, 'congested');",
  },
  {
    name: 'lease counted from the request',
    file: 'hotpath/keep-lease.ts',
    guard: 'control.extendLease(sentAt, LEASE_MS);',
    without: 'control.extendLease(clock(), LEASE_MS);',
  },
  {
    name: 'a lease that was not renewed',
    file: 'hotpath/keep-lease.ts',
    guard: 'if (await ledger.renewLease(wallet, control.executorEpoch, LEASE_MS)) {',
    without:
      'await ledger.renewLease(wallet, control.executorEpoch, LEASE_MS);\n    if (LEASE_MS > 0) {',
  },
  {
    name: 'lease by the monotonic clock',
    file: 'hotpath/control.ts',
    guard: 'now.monotonicMs < leaseEnd.monotonicMs && now.wallMs < leaseEnd.wallMs',
    without: 'now.wallMs < leaseEnd.wallMs',
    test: 'test/unit/hotpath/control.test.ts',
  },
  {
    name: 'lease by the wall clock',
    file: 'hotpath/control.ts',
    guard: 'now.monotonicMs < leaseEnd.monotonicMs && now.wallMs < leaseEnd.wallMs',
    without: 'now.monotonicMs < leaseEnd.monotonicMs',
  },
  {
    name: 'unsent bytes are dropped before a halt is acknowledged',
    file: 'hotpath/control.ts',
    guard: '      dropUnsent();\n',
    without: '',
  },
  {
    name: 'a halt outlives the process',
    file: 'hotpath/control.ts',
    guard: 'let halted = index.lastHalt !== undefined;',
    without: 'let halted = false;',
    test: 'test/unit/hotpath/control.test.ts',
  },
  {
    name: 'a halt in Postgres is taken over',
    file: 'hotpath/keep-lease.ts',
    guard: 'if (!halted) return followUnhalted(haltEpoch);',
    without: 'return followUnhalted(haltEpoch);',
    test: 'test/integration/cli/halt-epoch.test.ts',
  },
  {
    name: 'a halt in Postgres is found at the start',
    file: 'hotpath/take-over.ts',
    guard: 'if (taken.halted && (',
    without: 'if (taken.executorEpoch < 0 && (',
    test: 'test/integration/cli/halt-epoch.test.ts',
  },
  {
    name: 'repeated execution',
    file: 'hotpath/last-look.ts',
    guard: 'const broken = limits.brokenBy(permit, monotonicMs, chain.height);',
    without:
      'const broken = permit.id === "" ? limits.brokenBy(permit, monotonicMs, 0) : undefined;',
    test: 'test/unit/hotpath/repeated-execution.test.ts',
  },
  {
    name: 'shape of a template',
    file: 'hotpath/admit-template.ts',
    guard: 'if (extra) throw new Error(`extra account ${extra.address} of the ${what}`);',
    without: '',
    test: 'test/unit/hotpath/admit-template.test.ts',
  },
];
