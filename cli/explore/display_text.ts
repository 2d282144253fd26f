/**
 * How tokens are shown.
 *
 * @module
 */

/** The most UTF-16 units of a token that are shown. */
const MOST_UNITS = 200;

/** Marks of the start of a word: of byte-level BPE, where they are the byte of a space, and of SentencePiece. */
const BPE_SPACE = "Ġ", PIECE_SPACE = "▁";

/** How a vocabulary writes its tokens. */
export type TokenStyle = "bytes" | "pieces" | "plain";

/** Returns the style of a vocabulary: by the marks that most of its words begin with. */
export function styleOf(tokens: Iterable<string>): TokenStyle {
  let bytes = 0, pieces = 0;
  for (const token of tokens) {
    if (token.startsWith(BPE_SPACE)) bytes++;
    if (token.startsWith(PIECE_SPACE)) pieces++;
  }
  if (bytes === 0 && pieces === 0) return "plain";
  return bytes >= pieces ? "bytes" : "pieces";
}

/**
 * Returns the text that stands for a token: with a space where its word begins, without control characters and marks of
 * direction, which are written as pictures or numbers, and no longer than 200 UTF-16 units.
 */
export function displayText(token: string, style: TokenStyle): string {
  // What no text will show need not be decoded.
  const start = token.slice(0, 4 * MOST_UNITS);
  return shortened(visible(decoded(start, style)), token.length > start.length);
}

function decoded(token: string, style: TokenStyle): string {
  if (style === "plain") return token;
  if (style === "pieces") {
    const byte = /^<0x([0-9A-Fa-f]{2})>$/.exec(token);
    return byte ? textOfBytes([parseInt(byte[1], 16)]) : token.replaceAll(PIECE_SPACE, " ");
  }
  const bytes = [...token].map((character) => BYTES.get(character));
  // Tokens that were added by hand are no bytes.
  return bytes.every((byte) => byte !== undefined) ? textOfBytes(bytes) : token;
}

/**
 * The byte that each character of byte-level BPE stands for: printable characters of Latin-1 for themselves, the
 * others in turn from U+0100 on.
 */
const BYTES = byteOfCharacter();

function byteOfCharacter(): Map<string, number> {
  const bytes = new Map<string, number>();
  let next = 0x100;
  for (let byte = 0; byte < 256; byte++) {
    const printable = byte > 0x20 && byte < 0x7f || byte > 0xa0 && byte !== 0xad;
    bytes.set(String.fromCharCode(printable ? byte : next++), byte);
  }
  return bytes;
}

/** Decodes UTF-8. Bytes that are no part of a character become \xNN: tokens may end within one. */
function textOfBytes(bytes: readonly number[]): string {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let text = "";
  for (let i = 0; i < bytes.length;) {
    const lead = bytes[i];
    const length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    try {
      text += decoder.decode(new Uint8Array(bytes.slice(i, i + length)));
      i += length;
    } catch {
      text += hexadecimal(lead);
      i++;
    }
  }
  return text;
}

const hexadecimal = (byte: number) => `\\x${byte.toString(16).padStart(2, "0")}`;

/** Control characters, separators of lines, marks of direction, characters of no width, and halves of surrogates. */
const INVISIBLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\u200b\u2060\ufeff\p{Cs}]/gu;

function visible(text: string): string {
  return text.replaceAll(INVISIBLE, (character) => {
    const code = character.codePointAt(0)!;
    // Unicode has pictures of the first 32 and of DEL.
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    if (code === 0x7f) return "\u2421";
    return code < 0x100 ? hexadecimal(code) : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

function shortened(text: string, cut: boolean): string {
  if (text.length <= MOST_UNITS && !cut) return text;
  const end = text.slice(0, MOST_UNITS - 1);
  // Half of a pair of surrogates is no character.
  return end.replace(/[\ud800-\udbff]$/, "") + "…";
}
