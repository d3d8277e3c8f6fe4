/**
 * What a service token may be good for. `control` covers approvals and alerts as well; `decode` opens
 * sealed payloads, which nothing else does.
 */
export const SCOPES = ['analyze', 'risk', 'control', 'approve', 'alert', 'decode'] as const;

export type Scope = (typeof SCOPES)[number];

export const isScope = (word: string): word is Scope => SCOPES.some((scope) => scope === word);

export const SERVICE_NAME = /^[a-z][a-z0-9-]{0,30}$/;
