#!/usr/bin/env node
// The command of package.json: plain JavaScript, since TypeScript is readable only from here on.
import { register } from 'tsx/esm/api';

register();
await import('./main.ts');
