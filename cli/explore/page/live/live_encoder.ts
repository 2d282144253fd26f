/** The worker, as the view sees it. */
import type { Answer, Command, EncoderChoice, EncodeRequest } from "./protocol.ts";

/** The worker's script as text: a page from disk may not load a worker from a file. */
declare const WORKER_SOURCE: string;

/** How long a service may take for each answer. */
export const MOST_SECONDS = 30;

/** Starts the worker when it is first needed, and passes on the answers to the last request. */
export class LiveEncoder {
  readonly #listen: (answer: Answer) => void;
  #port?: MessagePort;
  #encoder?: EncoderChoice;
  #run = 0;
  #timer?: ReturnType<typeof setTimeout>;

  constructor(listen: (answer: Answer) => void) {
    this.#listen = listen;
  }

  /** Asks for codes. An earlier request ends. */
  encode(request: EncodeRequest): void {
    const command: Command = { run: ++this.#run, request };
    this.#port ??= this.#start();
    this.#port.postMessage(command);
    this.#encoder = request.encoder;
    this.#expectAnswer();
  }

  /** Ends the last request. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#port?.postMessage({ run: ++this.#run } satisfies Command);
  }

  #start(): MessagePort {
    const script = new Blob([WORKER_SOURCE], { type: "text/javascript" });
    const address = URL.createObjectURL(script);
    const worker = new Worker(address, { name: "encoder" });
    const { port1, port2 } = new MessageChannel();
    worker.onerror = (event) => {
      event.preventDefault();
      this.#port = undefined;
      this.#answer({
        type: "failed",
        run: this.#run,
        message: `Cannot encode in this page: ${event.message || "its worker cannot be started"}`,
      });
    };
    worker.postMessage(undefined, [port2]);
    port1.onmessage = ({ data }: MessageEvent<Answer>) => this.#answer(data);
    return port1;
  }

  #answer(answer: Answer): void {
    if (answer.run !== this.#run) return;
    clearTimeout(this.#timer);
    if (answer.type === "text" || answer.type === "codes") this.#expectAnswer();
    this.#listen(answer);
  }

  /** Gives up on a service that has been silent for too long. Loading in the page may take any time. */
  #expectAnswer(): void {
    clearTimeout(this.#timer);
    if (this.#encoder?.kind !== "service") return;
    const { address } = this.#encoder;
    this.#timer = setTimeout(() => {
      this.stop();
      const message =
        `Cannot encode at the service ${address}: it has not answered within ${MOST_SECONDS} seconds`;
      this.#listen({ type: "failed", run: this.#run, message });
    }, 1e3 * MOST_SECONDS);
  }
}
