/** The part of sodium-native that we use; the package brings no types. */
declare module 'sodium-native' {
  const sodium: {
    sodium_malloc(bytes: number): Buffer;
    /** Throws where the memory cannot be locked. */
    sodium_mlock(memory: Buffer): void;
    sodium_mprotect_readonly(memory: Buffer): void;
    crypto_sign_seed_keypair(publicKey: Buffer, secretKey: Buffer, seed: Buffer): void;
    crypto_sign_detached(signature: Buffer, message: Buffer, secretKey: Buffer): void;
  };
  export default sodium;
}
