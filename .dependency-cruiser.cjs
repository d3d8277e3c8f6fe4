// Who may import whom. Each rule's comment is what a person reads when it is broken.

/** Stages of the domain in the order in which data goes through them; `venues` is only maths. */
const STAGES = [
  { name: 'shared', path: '^domain/shared/' },
  { name: 'market', path: '^domain/market/' },
  { name: 'venues', path: '^domain/execution/venues/' },
  { name: 'analysis', path: '^domain/analysis/' },
  { name: 'decision', path: '^domain/decision/' },
  { name: 'risk', path: '^domain/risk/' },
  { name: 'execution', path: '^domain/execution/(?!venues/)' },
  { name: 'settlement', path: '^domain/settlement/' },
  { name: 'positions', path: '^domain/positions/' },
  { name: 'control', path: '^domain/control/' },
  { name: 'learning', path: '^domain/learning/' },
];

const ROOTS =
  '^(workers/[^/]+/main|hotpath/main|hotpath/feeder/main|hotpath/feeder/from-source|simnet/main|cli/overmind|cli/main)\\.(ts|mjs)$';
/** What a root opens its parts with, where the root itself would grow too long. */
const ROOT_PARTS = '^hotpath/root/';
/** What every root begins with, and waits with for what is away. */
const PROCESS_FRAME = '^workers/(run-process|persist)\\.ts$';
const OURS =
  '^(domain|workflows|activities|workers|hotpath|adapters|simnet|config|temporal|cli|test|bench)/';
const NPM = ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown'];

const forbidden = (name, comment, from, to) => ({ name, severity: 'error', comment, from, to });

const stageOrder = STAGES.slice(0, -1).map((stage, index) =>
  forbidden(
    `domain-order-${stage.name}`,
    'Inside domain/ imports point only to earlier stages, so that they are the data arrows.',
    { path: stage.path },
    { path: STAGES.slice(index + 1).map(({ path }) => path) },
  ),
);

const layers = [
  forbidden(
    'domain-is-pure',
    'domain/ imports nothing but itself.',
    { path: '^domain/' },
    { pathNot: '^domain/' },
  ),
  forbidden(
    'domain-stages-are-known',
    'A folder of domain/ needs a place in the order of stages.',
    { path: '^domain/', pathNot: STAGES.map(({ path }) => path) },
    {},
  ),
  forbidden(
    'workflows-run-in-the-sandbox',
    'Workflows import domain/, messages, ids and figures of temporal/, and two packages of Temporal.',
    { path: '^workflows/' },
    {
      pathNot: [
        '^(domain|workflows|activities)/',
        '^temporal/(?!connection|dev-server|namespace|native-connection)',
        '^node_modules/@temporalio/(workflow|common)/',
      ],
    },
  ),
  forbidden(
    'workflows-know-activities-by-type',
    'An activity that is bundled into a workflow would run inside the sandbox.',
    { path: '^workflows/' },
    { path: '^activities/', dependencyTypesNot: ['type-only'] },
  ),
  forbidden(
    'what-workflows-import-of-temporal-is-pure',
    'Whatever a workflow imports of temporal/ must not reach a connection or a package beyond common.',
    { path: '^temporal/(?!connection|dev-server|namespace|native-connection)' },
    {
      pathNot: [
        '^domain/',
        '^temporal/(?!connection|dev-server|namespace|native-connection)',
        '^node_modules/@temporalio/(workflow|common)/',
      ],
    },
  ),
  forbidden(
    'temporal-stands-alone',
    'temporal/ imports domain/ and packages only.',
    { path: '^temporal/' },
    { path: OURS, pathNot: '^(domain|temporal)/' },
  ),
  forbidden(
    'activities-get-ports',
    'Activities import domain/ and two packages of Temporal; the outside world is injected.',
    { path: '^activities/' },
    { pathNot: ['^(domain|activities)/', '^node_modules/@temporalio/(activity|common)/'] },
  ),
  forbidden(
    'hotpath-gets-ports',
    'Only the roots of the hot path and what opens their parts know adapters, configuration and packages.',
    { path: '^hotpath/', pathNot: [ROOTS, ROOT_PARTS] },
    { path: OURS, pathNot: '^(domain|hotpath)/' },
  ),
  forbidden(
    'hotpath-needs-no-package',
    'The hot path is measured code on Node alone.',
    { path: '^hotpath/', pathNot: ROOTS },
    { dependencyTypes: NPM },
  ),
  forbidden(
    'adapters-keep-to-their-folder',
    'One folder a port. Shared: decoders and addresses of venues, and the one-request RPC client.',
    { path: '^adapters/([^/]+)/' },
    {
      path: OURS,
      pathNot: [
        '^domain/',
        '^adapters/$1/',
        '^adapters/venues/[^/]+/(decode|addresses)\\.ts$',
        '^adapters/chain/json-rpc\\.ts$',
      ],
    },
  ),
  forbidden(
    'simnet-decodes-for-itself',
    'An error in a decoder that both share would hide itself.',
    { path: '^simnet/', pathNot: ROOTS },
    { path: OURS, pathNot: '^(domain|simnet)/' },
  ),
  forbidden(
    'simnet-root-knows-its-frame',
    'simnet is a cluster: it knows nothing of those who use it.',
    { path: '^simnet/main\\.ts$' },
    { path: OURS, pathNot: ['^(domain|simnet|config)/', PROCESS_FRAME] },
  ),
  forbidden(
    'config-knows-no-provider',
    'config/ imports domain/ and the addresses that follow from mints.',
    { path: '^config/' },
    { path: OURS, pathNot: ['^(domain|config)/', '^adapters/venues/[^/]+/addresses\\.ts$'] },
  ),
  forbidden(
    'only-roots-compose',
    'workers/ and cli/ put the parts together; no part knows them.',
    {
      path: '^(domain|workflows|activities|hotpath|adapters|simnet|config|temporal)/',
      pathNot: [ROOTS, ROOT_PARTS],
    },
    { path: '^(workers|cli)/' },
  ),
  forbidden(
    'the-executor-knows-no-worker',
    'Of workers/ the hot path and simnet take the frame of a process, nothing more.',
    { path: '^(hotpath|simnet)/' },
    { path: '^(workers|cli)/', pathNot: PROCESS_FRAME },
  ),
  forbidden(
    'nobody-imports-a-root',
    'A root runs when it is loaded. Only a file that prepares Node for one may load it.',
    { pathNot: '^(cli/overmind|hotpath/feeder/from-source)\\.mjs$' },
    { path: ROOTS },
  ),
  forbidden(
    'product-imports-no-test',
    'Tests and benches know the product, not the other way round.',
    { pathNot: '^(test|bench)/' },
    { path: '^(test|bench)/' },
  ),
];

const hygiene = [
  forbidden(
    'no-circular',
    'Two modules that need each other are one, or want a third.',
    {},
    { circular: true },
  ),
  forbidden('resolvable', 'The import leads nowhere.', {}, { couldNotResolve: true }),
  forbidden(
    'declared-packages',
    'A package must be named in package.json, or an update of another one removes it.',
    { path: OURS, pathNot: '^(test|bench)/' },
    {
      dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
      dependencyTypesNot: ['type-only'],
    },
  ),
];

module.exports = {
  forbidden: [...stageOrder, ...layers, ...hygiene],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|coverage)/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['node', 'import', 'default'],
    },
  },
};
