// One busy core: a sibling that never waits. It looks up between its turns, so that it ends with the bench.
process.on('disconnect', () => process.exit(0));
process.on('message', () => process.exit(0));
const TURN_MS = 20;

function spin() {
  const end = performance.now() + TURN_MS;
  while (performance.now() < end);
  setImmediate(spin);
}

process.send({ kind: 'ready', facts: {} });
spin();
