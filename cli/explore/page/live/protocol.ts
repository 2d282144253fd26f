/** The messages between the view and its worker. `run` numbers the requests, so that late answers can be told. */
import type { SparseCodes } from "@matryoshka/sae";

/** The autoencoder that the explorer shows. */
export interface Expected {
  readonly inputSize: number;
  readonly latentCount: number;
  readonly activation: string;
  readonly fingerprint?: string;
}

/** Who encodes: an autoencoder in this page, of a chosen file or an address, or a service. */
export type EncoderChoice =
  | { readonly kind: "page"; readonly sae: File | string }
  | { readonly kind: "service"; readonly address: string };

/** Asks for the codes of some rows of a file of activations. */
export interface EncodeRequest {
  readonly file: File;
  /** The first row; `MOST_ROWS` are encoded at most. */
  readonly from: number;
  readonly encoder: EncoderChoice;
  readonly expected: Expected;
}

/** The most rows of one request, which are also those of the encoding service unless its settings say otherwise. */
export const MOST_ROWS = 1024;

/** What a request is about, known before the first codes. */
export interface TextFacts {
  readonly name: string;
  /** Rows in the file, and those that are encoded. */
  readonly rows: number;
  readonly from: number;
  readonly to: number;
  /** Rows per sequence, if the file tells. */
  readonly context?: number;
  /** The tokens of the encoded rows, if the file holds any. */
  readonly tokens?: Uint32Array;
  /** Who encodes, in words. */
  readonly by: string;
}

/** A message to the worker; without a request it only ends the one before. */
export interface Command {
  readonly run: number;
  readonly request?: EncodeRequest;
}

/** A message from the worker. */
export type Answer =
  | { readonly type: "text"; readonly run: number; readonly text: TextFacts }
  | { readonly type: "codes"; readonly run: number; readonly codes: SparseCodes }
  | { readonly type: "done"; readonly run: number }
  | { readonly type: "failed"; readonly run: number; readonly message: string };
