/** The field, or none where the column is null. */
export function optional<Key extends string, Value>(
  key: Key,
  value: Value | null,
): { readonly [K in Key]?: Value } {
  if (value === null) return {};
  return { [key]: value } as { readonly [K in Key]?: Value }; // A computed key widens to string.
}

export const numberOf = (text: string | null): number | null =>
  text === null ? null : Number(text);
