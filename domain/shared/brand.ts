/** A primitive that only its checking constructor makes. */
export type Brand<Base, Name extends string> = Base & { readonly __brand: Name };
