/** `examples/edge` under Deno, as on Deno Deploy. */
import { startDeno } from "./running.ts";
import { testService } from "./service_suite.ts";

testService("Deno", startDeno);
