/** Encodes in a worker, so that the page stays responsive. Its first message brings the port for all others. */
import type { RowEncoder } from "./encoders.ts";
import { encoderInPage } from "./in_page.ts";
import type { Answer, Command, EncodeRequest } from "./protocol.ts";
import { encoderAtService } from "./service.ts";
import { openText } from "./text_file.ts";

let port: MessagePort;
let stopping = new AbortController();
/** One request at a time: an autoencoder may be on its way into place. */
let working: Promise<void> = Promise.resolve();

const send = (answer: Answer) => port.postMessage(answer);

async function encode(run: number, request: EncodeRequest, signal: AbortSignal): Promise<void> {
  const { file, from, encoder: choice, expected } = request;
  signal.throwIfAborted();
  const text = await openText(file, from, expected.inputSize);
  const encoder: RowEncoder = choice.kind === "page"
    ? await encoderInPage(choice.sae, expected, signal)
    : await encoderAtService(choice.address, expected, signal);
  signal.throwIfAborted();
  const rows = text.to - text.from;
  if (expected.activation === "batchtopk" && encoder.batchRows < rows) {
    throw new RangeError(
      `Cannot encode ${text.name}: batchtopk selects among all ${rows} rows at once but at most ` +
        `${encoder.batchRows} can be sent`,
    );
  }
  const { batches, ...facts } = text;
  send({ type: "text", run, text: { ...facts, by: encoder.by } });
  for await (const batch of batches(encoder.batchRows)) {
    const codes = await encoder.encode(batch);
    // A timer lets messages in, of which one may end this.
    await new Promise((resolve) => setTimeout(resolve, 0));
    signal.throwIfAborted();
    send({ type: "codes", run, codes });
  }
  send({ type: "done", run });
}

function obey({ run, request }: Command): void {
  stopping.abort();
  if (!request) return;
  stopping = new AbortController();
  const { signal } = stopping;
  working = working.then(() => encode(run, request, signal)).catch((error) => {
    const message = error instanceof Error ? error.message : String(error);
    if (!signal.aborted) send({ type: "failed", run, message });
  });
}

addEventListener("message", ({ ports }) => {
  port = ports[0];
  port.onmessage = ({ data }: MessageEvent<Command>) => obey(data);
}, { once: true });
