/** The part of sodium-native that we use; the package brings no types. */
declare module 'sodium-native' {
  const sodium: {
    sodium_malloc(bytes: number): Buffer;
    crypto_sign_detached(signature: Buffer, message: Buffer, secretKey: Buffer): void;
  };
  export default sodium;
}
