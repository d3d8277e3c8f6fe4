/**
 * `T` as it travels: every `bigint` a decimal string, every object unbranded, since JSON proves
 * nothing. Primitives are tested first, because a branded string would also count as an object.
 */
export type Wire<T> = T extends bigint
  ? string
  : T extends string | number | boolean | undefined
    ? T
    : T extends readonly (infer Item)[]
      ? readonly Wire<Item>[]
      : { readonly [Key in keyof T as Exclude<Key, symbol | '__brand'>]: Wire<T[Key]> };
