/** Tokens are shown as people expect them, and cannot disturb what is around them. */
import { assert, assertEquals } from "@std/assert";
import { displayText, styleOf } from "../../../cli/explore/display_text.ts";

Deno.test("the style of a vocabulary is known by the marks of its words", () => {
  assertEquals(styleOf(["the", "Ġthe", "Ġof", "▁x"]), "bytes");
  assertEquals(styleOf(["<0x0A>", "▁the", "▁of", "er"]), "pieces");
  assertEquals(styleOf(["the", "of", "_"]), "plain");
});

Deno.test("bytes of BPE become characters, pieces of characters numbers, and added tokens stay", () => {
  const cases = [
    ["Ġhello", " hello"],
    ["ĊĊ", "␊␊"],
    ["ĉ", "␉"],
    ["cafÃ©", "café"],
    ["ðŁĺĢ", "😀"],
    ["Ã", "\\xc3"],
    ["©x", "\\xa9x"],
    ["ðŁ", "\\xf0\\x9f"],
    ["<|endoftext|>", "<|endoftext|>"],
    ["<|a b|>", "<|a b|>"],
    ["", ""],
  ];
  for (const [token, text] of cases) assertEquals(displayText(token, "bytes"), text);
});

Deno.test("marks of SentencePiece become spaces, and bytes characters", () => {
  const cases = [
    ["▁the", " the"],
    ["▁▁", "  "],
    ["er", "er"],
    ["<0x0A>", "␊"],
    ["<0x41>", "A"],
    ["<0xE2>", "\\xe2"],
    ["<0xZZ>", "<0xZZ>"],
    ["Ġ", "Ġ"],
  ];
  for (const [token, text] of cases) assertEquals(displayText(token, "pieces"), text);
  assertEquals(displayText("▁<0x0A>", "plain"), "▁<0x0A>");
});

Deno.test("control characters and marks of direction are written out, and markup stays text", () => {
  const cases = [
    ["a\u0000b\u001b\u007f", "a␀b␛␡"],
    ["\u0085\u00a0", "\\x85\u00a0"],
    ["\u202eevil\u2066", "\\u202eevil\\u2066"],
    ["\u200f\u200b\ufeff\u2028", "\\u200f\\u200b\\ufeff\\u2028"],
    ["\ud800x", "\\ud800x"],
    ["שלום", "שלום"],
    ["<script>alert(1)</script>", "<script>alert(1)</script>"],
  ];
  for (const [token, text] of cases) assertEquals(displayText(token, "plain"), text);
});

Deno.test("long tokens are cut to 200 units, between characters", () => {
  assertEquals(displayText("x".repeat(200), "plain"), "x".repeat(200));
  assertEquals(displayText("x".repeat(10_240), "plain"), "x".repeat(199) + "…");
  assertEquals(displayText("\u0001".repeat(10_240), "plain").length, 200);
  assertEquals(displayText("\u202e".repeat(100), "plain").length, 200);
  const cut = displayText("x" + "😀".repeat(200), "plain");
  assertEquals(cut, "x" + "😀".repeat(99) + "…");
  assert(displayText("😀".repeat(200), "plain").isWellFormed());
});
