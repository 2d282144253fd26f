import { assertEquals } from "@std/assert";
import commandLine from "../../cli/deno.json" with { type: "json" };
import { CREATED_BY, VERSION } from "../../cli/version.ts";
import library from "../../deno.json" with { type: "json" };

Deno.test("the version that files and the command line state is that of both packages", () => {
  assertEquals([VERSION, commandLine.version], [library.version, library.version]);
  assertEquals(CREATED_BY, `${library.name} ${library.version}`);
});
