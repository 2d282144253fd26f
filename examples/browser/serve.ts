/** Builds the page and serves its folder on this machine. */

import { build } from "./build.ts";

const TYPES: Record<string, string> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
};

const folder = await build();
const port = Number(Deno.args[0] ?? 8000);

const onListen = ({ port }: { port: number }) =>
  console.log(`Serving http://localhost:${port}/ from ${folder}`);

Deno.serve({ hostname: "localhost", port, onListen }, async ({ url }) => {
  // The folder is flat, so a path is only a name.
  const name = new URL(url).pathname.slice(1) || "index.html";
  const type = TYPES[name.split(".").at(-1)!];
  if (!type || name.includes("/")) return new Response("Not found", { status: 404 });
  try {
    const body = await Deno.readFile(`${folder}/${name}`);
    return new Response(body, { headers: { "content-type": type, "cache-control": "no-store" } });
  } catch {
    return new Response("Not found", { status: 404 });
  }
});
