import { z } from 'zod';
import packageJson from '../../package.json' with { type: 'json' };
import { problemSchema } from './problem.ts';
import { BODY_BYTES_MAX } from './read-json.ts';
import type { GetRoute, PostRoute, Routes } from './serve.ts';

/** Refusals that every route with a token may give, beside those of its own. */
const REFUSALS = {
  400: 'Not JSON, or a field that is missing, unknown or out of its range.',
  401: 'No token, or one that is not in use.',
  403: 'A token of another scope.',
  404: 'What the body names is not known.',
  409: 'Refused by the state of what it names.',
  415: 'Another content type than application/json.',
  429: 'Too many requests of this token.',
  503: 'A part that is needed does not answer.',
} as const;

/** OpenAPI 3.1, made of the very schemas that judge the requests. */
export function openApiOf(routes: Routes): object {
  const paths = Object.entries(routes).map(([path, route]) => [
    path,
    route.method === 'GET' ? { get: readingOf(route) } : { post: operationOf(route) },
  ]);
  return {
    openapi: '3.1.0',
    info: { title: 'Overmind Protocol', version: packageJson.version },
    paths: Object.fromEntries(paths) as object,
    components: {
      schemas: { Problem: schemaOf(problemSchema, 'output') },
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
    },
  };
}

function readingOf({ scopes }: GetRoute): object {
  if (!scopes) return { summary: 'For probes and scrapers; wants no token.', responses: OPEN };
  const description = `A token of the scope ${scopes.join(' or ')}.`;
  const responses = { '200': { description: 'Signed in.' }, '401': { description: REFUSALS[401] } };
  return {
    summary: 'Where a browser signs in.',
    description,
    security: [{ token: [] }],
    responses,
  };
}

const OPEN = { '200': { description: 'As it should be.' }, '503': { description: 'Not.' } };

function operationOf(route: PostRoute): object {
  const { summary, scopes, schema, answers, bodyBytesMax = BODY_BYTES_MAX } = route;
  const tooLarge = `More than ${bodyBytesMax} bytes.`;
  const refusals = Object.entries({ ...REFUSALS, 413: tooLarge }).map(([status, description]) => [
    status,
    {
      description,
      content: {
        'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
      },
    },
  ]);
  return {
    summary,
    description: `A token of the scope ${scopes.join(' or ')}.`,
    security: [{ token: [] }],
    requestBody: {
      required: true,
      content: { 'application/json': { schema: schemaOf(schema, 'input') } },
    },
    responses: {
      '200': {
        description: 'Done, or answered.',
        content: { 'application/json': { schema: schemaOf(answers, 'output') } },
      },
      ...(Object.fromEntries(refusals) as object),
    },
  };
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema: _dialect, ...body } = z.toJSONSchema(schema, { io });
  return body;
}
