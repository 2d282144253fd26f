/** The explorer's page in a tab of its own: waits for what the page that opened it has explored. */

const page: Window | null = opener;

addEventListener("message", ({ source, data }) => {
  if (source !== page || !data?.pieces || Reflect.has(globalThis, "explorer")) return;
  Object.assign(globalThis, { explorer: { pieces: data.pieces } });
  const script = document.createElement("script");
  script.src = "explorer.js";
  document.body.append(script);
});

// There are no files of the toy world's samples to encode.
document.getElementById("to-live")!.hidden = true;
if (page) page.postMessage({ type: "explorer" }, "*");
else {
  const failure = document.getElementById("failure")!;
  failure.textContent = "This page shows what another has trained, which opens it: see index.html.";
  failure.hidden = false;
}
