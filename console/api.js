/** The server's routes, as this page uses them. */

import { key } from "./credential.js";

/**
 * @typedef {{start: number, end: number}} Range Unicode scalars of the document's text; `end` excluded.
 *
 * @typedef {{doc_id: string, collection: string, title: string, snippet?: string, snippet_start?: number,
 *   highlights?: Range[], bm25_score: number, bm25_rank?: number, vector_score: number, vector_rank?: number,
 *   passage: Range & {page?: number, heading?: string}}} Hit A leg that did not return the document has no rank.
 *
 * @typedef {{hits: Hit[], total: number, total_relation: "exact" | "at_least", degraded: boolean, warnings: string[],
 *   next_cursor?: string, took_ms: number}} Answer
 *
 * @typedef {{name: string, documents: number, passages: number, waiting: number}} Collection
 */

/** Why a call brought nothing; its message is the server's detail. */
export class Problem extends Error {
  /** A status of 0 says that no server answered; `retryAfter` is in seconds. */
  constructor(status, code, { detail = "", retryAfter, requestID } = {}) {
    super(detail);
    Object.assign(this, { status, code, retryAfter, requestID });
  }
}

/** @throws {Problem} Also `AbortError`, where `signal` ended the call. */
async function call(path, { body, signal, credential = key(), parse = JSON.parse } = {}) {
  const limit = AbortSignal.timeout(40_000);
  let response, text;
  try {
    response = await fetch(path, {
      method: body ? "POST" : "GET",
      headers: { Authorization: `Bearer ${credential}`, "Content-Type": "application/json" },
      body: body && JSON.stringify(body),
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
    });
    text = await response.text();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Problem(0, limit.aborted ? "no_answer_in_time" : "unreachable");
  }
  let told;
  try {
    told = parse(text);
  } catch {
    // A proxy in between may answer with a page of its own.
    throw new Problem(response.ok ? 0 : response.status, "not_carrel");
  }
  if (response.ok) return told;
  throw new Problem(response.status, told.code, {
    detail: told.detail,
    retryAfter: Number(response.headers.get("Retry-After")) || undefined,
    requestID: told.request_id,
  });
}

/**
 * @param {object} request Fields of `POST /v1/search`.
 * @param {AbortSignal} [signal]
 * @returns {Promise<Answer>}
 */
export const search = (request, signal) => call("/v1/search", { body: request, signal });

/**
 * @param {string} [credential] One to try, in place of the one kept.
 * @returns {Promise<{tenant_id: string, collections: Collection[]}>}
 */
export const collections = (credential) => call("/v1/collections", { credential });

export const firstDocuments = (limit) => call(`/v1/documents?limit=${limit}`);

export const storedDocument = (collection, id, signal) =>
  call(`/v1/documents/${encodeURIComponent(id)}?collection=${encodeURIComponent(collection)}`, {
    signal,
    parse: exactNumbers,
  });

/** JSON whose numbers stay as written where JavaScript's own would change them: ids of 64 bits, for one. */
const exactNumbers = (text) =>
  JSON.parse(text, (_, value, context) =>
    typeof value === "number" && !Number.isSafeInteger(value) ? (context?.source ?? value) : value,
  );
