import { assertEquals } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { CREATED_BY, VERSION } from "../../cli/version.ts";

Deno.test("the version that files and the command line state is the package's", () => {
  assertEquals(VERSION, config.version);
  assertEquals(CREATED_BY, `${config.name} ${config.version}`);
});
