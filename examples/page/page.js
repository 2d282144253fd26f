/** The controls of the page; the worker computes. */

const SHOWN = 10;

const element = (id) => document.getElementById(id);
const encodeButton = document.querySelector("#encode button");

const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });

function say(text) {
  element("status").textContent = text;
}

element("load").addEventListener("submit", (event) => {
  event.preventDefault();
  encodeButton.disabled = true;
  say("Loading …");
  const url = new URL(element("address").value, location.href).href;
  const prefix = element("prefix").value === "" ? undefined : Number(element("prefix").value);
  worker.postMessage({ kind: "load", url, prefix });
});

element("encode").addEventListener("submit", (event) => {
  event.preventDefault();
  const numbers = element("row").value.trim().split(/[\s,]+/).map(Number);
  worker.postMessage({ kind: "encode", row: Float32Array.from(numbers) });
});

const REACTIONS = {
  progress({ received, announced }) {
    element("progress").value = received / Math.max(received, announced);
    say(`Loading, ${received} bytes`);
  },

  loaded({ inputSize, latentCount, backend }) {
    element("progress").value = 1;
    say(`${latentCount} latents on ${inputSize} inputs are loaded (${backend}).`);
    element("row").value = Array.from({ length: inputSize }, (_, i) => Math.sin(i).toFixed(2)).join(
      " ",
    );
    encodeButton.disabled = false;
  },

  encoded({ indices, values }) {
    const order = [...indices.keys()].sort((a, b) => values[b] - values[a]);
    const items = order.slice(0, SHOWN).map((i) => {
      const item = document.createElement("li");
      item.textContent = `latent ${indices[i]}: ${values[i].toFixed(3)}`;
      return item;
    });
    element("latents").replaceChildren(...items);
    say(`${indices.length} latents are active.`);
  },

  failed({ reason }) {
    say(reason);
  },
};

worker.addEventListener("message", ({ data }) => REACTIONS[data.kind](data));
worker.addEventListener("error", (event) => {
  say(`The worker failed: ${event.message ?? "its script could not be loaded"}`);
});
