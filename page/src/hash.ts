/** A short name for a text: FNV-1a of 32 bits, in base 36. */
export function hash(text: string): string {
    let value = 0x811c9dc5;
    for (const byte of new TextEncoder().encode(text)) value = Math.imul(value ^ byte, 0x01000193) >>> 0;
    return value.toString(36);
}
