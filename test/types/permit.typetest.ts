import { decodePermit } from '../../domain/risk/permit-codec.ts';
import type { Permit, PermitFields } from '../../domain/risk/permit.ts';
import type { Wire } from '../../domain/shared/wire.ts';

// Only the gate and the executor's reader, after the MAC, make a permit. The compiler runs this.
export function forge(fields: PermitFields, wire: Wire<Permit>, p: string): readonly Permit[] {
  return [
    // @ts-expect-error The right fields are not enough.
    fields,
    // @ts-expect-error A copy loses the proof.
    { ...fields },
    // @ts-expect-error What arrives over a wire is unproven.
    wire,
    // @ts-expect-error Decoding proves the form, not the origin.
    decodePermit(p),
  ];
}
