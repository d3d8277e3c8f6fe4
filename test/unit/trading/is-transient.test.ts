import { ServiceError } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import { OvermindError } from '../../../domain/shared/errors.ts';
import { isTransient } from '../../../workers/trading/is-transient.ts';

const grpcError = (code: number): Error =>
  Object.assign(new Error('grpc'), { code, details: '', metadata: {} });
const serviceError = (code: number): Error =>
  new ServiceError('failed', { cause: grpcError(code) });

describe('a message that failed', () => {
  it.each([
    [
      'the ledger is away',
      new OvermindError('ledger/unreachable', { operation: 'x', fault: 'y' }),
      true,
    ],
    [
      'the ledger says no',
      new OvermindError('ledger/conflict', { operation: 'x', fault: 'y' }),
      false,
    ],
    ['the bus is away', new OvermindError('bus/unreachable', { operation: 'x' }), true],
    [
      'it is not JSON',
      new OvermindError('bus/corrupt', { stream: 's', id: '1', fault: 'f' }),
      false,
    ],
    ['Temporal is away', serviceError(14), true],
    ['Temporal is overloaded', serviceError(8), true],
    ['Temporal finds it invalid', serviceError(3), false],
    ['our code has a bug', new TypeError('undefined is not a function'), false],
  ])('because %s', (_why, error, isWorthAnother) => {
    expect(isTransient(error)).toBe(isWorthAnother);
  });
});
