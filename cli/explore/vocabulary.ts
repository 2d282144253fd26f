/**
 * Reads vocabularies: JSON lists of tokens, and maps from tokens to their numbers.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import { failureReason } from "@matryoshka/sae/files";
import type { Texts } from "./details.ts";
import { displayText, styleOf } from "./display_text.ts";

/** The texts that stand for tokens. */
export class Vocabulary implements Texts {
  readonly #path: string;
  readonly #texts: ReadonlyMap<number, string>;
  /** The largest number of a token, plus one. */
  readonly size: number;

  private constructor(path: string, tokens: ReadonlyMap<number, string>) {
    this.#path = path;
    const style = styleOf(tokens.values());
    this.#texts = new Map([...tokens].map(([id, token]) => [id, displayText(token, style)]));
    let size = 0;
    for (const id of tokens.keys()) size = Math.max(size, id + 1);
    this.size = size;
  }

  /**
   * Reads a vocabulary.
   *
   * @throws {Error} if the file cannot be read, or is no list of tokens and no map from tokens to their numbers.
   */
  static async read(path: string): Promise<Vocabulary> {
    let text: string;
    try {
      text = await readFile(path, "utf8");
    } catch (cause) {
      throw new Error(`Cannot open ${path}: ${failureReason(cause)}`, { cause });
    }
    let content: unknown;
    try {
      content = JSON.parse(text);
    } catch (cause) {
      const reason = (cause as Error).message;
      throw new TypeError(`Cannot read the vocabulary ${path}: it is not JSON: ${reason}`, {
        cause,
      });
    }
    return new Vocabulary(path, tokensOf(content, path));
  }

  /**
   * Throws unless all tokens have a text.
   *
   * @param firstRow The number of the first token's row, for the message.
   */
  check(tokens: Uint32Array, firstRow: number): void {
    const missing = tokens.findIndex((token) => !this.#texts.has(token));
    if (missing < 0) return;
    const token = tokens[missing];
    const reason = token < this.size
      ? `it has no token ${token}`
      : `it has ${this.size} tokens, and the first is number 0`;
    throw new RangeError(
      `Cannot explore with the vocabulary ${this.#path}: row ${
        firstRow + missing
      } has token ${token} but ` +
        reason,
    );
  }

  /** Returns all tokens with their texts. */
  entries(): Iterable<readonly [number, string]> {
    return this.#texts;
  }

  /** Returns the text of a token. */
  text(token: number): string {
    return this.#texts.get(token) ?? "";
  }
}

function tokensOf(content: unknown, path: string): Map<number, string> {
  const wrong = (what: string) =>
    new TypeError(
      `Cannot read the vocabulary ${path}: it must be a list of tokens or a map from tokens to their numbers ` +
        `but ${what}`,
    );
  if (typeof content !== "object" || content === null) throw wrong(`is ${typeof content}`);
  const tokens = new Map<number, string>();
  if (Array.isArray(content)) {
    for (const [id, token] of content.entries()) {
      if (typeof token !== "string") throw wrong(`its item ${id} is ${kindOf(token)}`);
      tokens.set(id, token);
    }
  } else {
    for (const [token, id] of Object.entries(content)) {
      const name = JSON.stringify(token.slice(0, 40));
      if (!Number.isSafeInteger(id) || id < 0) throw wrong(`${name} has ${kindOf(id)}`);
      if (tokens.has(id)) throw wrong(`${name} and another token both have ${id}`);
      tokens.set(id, token);
    }
  }
  if (tokens.size === 0) throw wrong("is empty");
  return tokens;
}

const kindOf = (value: unknown) =>
  typeof value === "number" ? `the number ${value}` : value === null ? "null" : `a ${typeof value}`;
