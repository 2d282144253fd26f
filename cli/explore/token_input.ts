/**
 * The tokens beside rows of activations.
 *
 * @module
 */
import type { ActivationShard } from "@matryoshka/sae";
import { openFile } from "@matryoshka/sae/files";
import { scoped } from "../terminal/scope.ts";
import { counted } from "../terminal/text.ts";
import { readIntegers } from "./integer_arrays.ts";

/** The name of the tensor that holds tokens. */
const TENSOR = "tokens";

/**
 * Reads one token for each row of all shards: from the tensor `tokens` of each, or all of them from another file.
 *
 * @throws {RangeError} if there are not as many tokens as rows, and as `readIntegers`.
 */
export async function readTokens(
  shards: readonly ActivationShard[],
  tokenData: string | undefined,
): Promise<Uint32Array> {
  const rows = shards.reduce((sum, shard) => sum + shard.rows, 0);
  if (tokenData !== undefined) {
    const tokens = await tokensOf(tokenData);
    return checked(tokens, rows, tokenData, "the data");
  }
  const all = new Uint32Array(rows);
  let begin = 0;
  for (const shard of shards) {
    if (shard.format !== "safetensors") {
      throw new TypeError(
        `Cannot read tokens of ${shard.name}: it is a file of ${shard.format}, and only safetensors files hold tokens ` +
          "beside activations; --token-data names a file of tokens",
      );
    }
    const tokens = checked(await tokensOf(shard.name), shard.rows, shard.name, "it");
    all.set(tokens, begin);
    begin += shard.rows;
  }
  return all;
}

const tokensOf = (path: string): Promise<Uint32Array> =>
  scoped(async (opened) => await readIntegers(opened.use(await openFile(path)), TENSOR));

function checked(tokens: Uint32Array, rows: number, name: string, whose: string): Uint32Array {
  if (tokens.length === rows) return tokens;
  throw new RangeError(
    `Cannot explore with the tokens of ${name}: there are ${
      counted(tokens.length, "token")
    } but ${whose} has ` +
      counted(rows, "row"),
  );
}
