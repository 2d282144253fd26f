import type { Service } from "./service.ts";

/** How long a browser may remember the answer to a preflight, in seconds. */
const MAX_AGE = "86400";

/**
 * Lets pages of other origins call a service: it answers their preflights and marks all answers to them. Without
 * allowed origins the service is returned as it is.
 */
export function allowingOrigins(service: Service, allowed: readonly string[]): Service {
  if (allowed.length === 0) return service;
  return async (request, keepAlive) => {
    const origin = request.headers.get("origin");
    const any = allowed.includes("*");
    const granted = origin !== null && (any || allowed.includes(origin));
    const asked = request.headers.get("access-control-request-method");
    const response = request.method === "OPTIONS" && asked !== null
      ? new Response(null, { status: 204 })
      : await service(request, keepAlive);
    if (!any) response.headers.append("vary", "origin");
    if (!granted) return response;
    response.headers.set("access-control-allow-origin", any ? "*" : origin);
    if (response.status === 204) {
      response.headers.set("access-control-allow-methods", "GET, HEAD, POST");
      response.headers.set("access-control-allow-headers", "content-type");
      response.headers.set("access-control-max-age", MAX_AGE);
    } else response.headers.set("access-control-expose-headers", "retry-after");
    return response;
  };
}
