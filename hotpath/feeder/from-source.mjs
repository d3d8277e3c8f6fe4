// On Node 20 a thread does not inherit tsx from `node --import tsx`, so it registers it itself.
// A compiled build starts main.js directly.
import { register } from 'tsx/esm/api';

register();
await import('./main.ts');
