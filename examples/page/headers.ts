/** The headers of every answer. `docs/in-a-web-page.md` says what each is for. */

const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self' blob:",
  "connect-src 'self' https:",
  "style-src 'self'",
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
];

/** A strict content security policy, and cross-origin isolation for threads. */
export const HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": POLICY.join("; "),
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "x-content-type-options": "nosniff",
};
