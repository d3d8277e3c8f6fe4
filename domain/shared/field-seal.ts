/** A JSON object, as it is stored. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Keeps fields of what is stored unreadable to whoever has the store and not the key. */
export type FieldSeal = {
  /**
   * Moves the named fields into one, `sealed`. `about` says where the object stands: opened in any
   * other place it is refused. Without a key the object stays as it is.
   */
  seal(record: JsonObject, names: readonly string[], about: string): JsonObject;
  /** Puts them back. Throws `payload/sealed` where that cannot be done. */
  open(record: JsonObject, about: string): JsonObject;
};
