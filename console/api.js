/** The server's routes, as this page uses them. */

import { key } from "./credential.js";

/**
 * @typedef {{start: number, end: number}} Range Counted in Unicode scalars of the document's text; `end` excluded.
 *
 * @typedef {object} Hit
 * @property {string} doc_id
 * @property {string} collection
 * @property {string} title
 * @property {string} [snippet]
 * @property {number} [snippet_start]
 * @property {Range[]} [highlights]
 * @property {number} score
 * @property {number} bm25_score
 * @property {number} [bm25_rank] Absent where the leg did not return the document.
 * @property {number} vector_score
 * @property {number} [vector_rank]
 * @property {string} tenant_id
 * @property {Record<string, unknown>} [metadata]
 * @property {Range & {page?: number, heading?: string}} passage
 *
 * @typedef {object} Answer
 * @property {Hit[]} hits
 * @property {number} total
 * @property {"exact" | "at_least"} total_relation
 * @property {boolean} degraded
 * @property {string[]} warnings
 * @property {string} [next_cursor]
 * @property {number} took_ms
 *
 * @typedef {object} Collection
 * @property {string} name
 * @property {number} documents
 * @property {number} passages
 * @property {number} waiting Passages without a vector yet.
 *
 * @typedef {object} StoredDocument
 * @property {string} doc_id
 * @property {string} collection
 * @property {string} title
 * @property {string} text
 * @property {Record<string, unknown>} metadata
 * @property {string} updated_at
 * @property {string[]} warnings
 */

/** Why a call brought nothing. */
export class Problem extends Error {
  /**
   * @param {number} status 0 where no server answered.
   * @param {string} code
   * @param {string} detail
   * @param {{retryAfter?: number, requestID?: string}} [more] Seconds to wait; the name of the call in the server's log.
   */
  constructor(status, code, detail, more = {}) {
    super(detail);
    this.status = status;
    this.code = code;
    this.retryAfter = more.retryAfter;
    this.requestID = more.requestID;
  }
}

/**
 * @param {string} path
 * @param {{body?: object, signal?: AbortSignal, key?: string, parse?: (text: string) => any}} [options]
 * @throws {Problem} Also `AbortError`, where `signal` ended the call.
 */
async function call(path, { body, signal, key: other, parse = JSON.parse } = {}) {
  const limit = AbortSignal.timeout(40_000);
  let response, text;
  try {
    response = await fetch(path, {
      method: body ? "POST" : "GET",
      headers: {
        Authorization: `Bearer ${other ?? key()}`,
        ...(body && { "Content-Type": "application/json" }),
      },
      body: body && JSON.stringify(body),
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
    });
    text = await response.text();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Problem(0, limit.aborted ? "no_answer_in_time" : "unreachable", "");
  }
  if (response.ok) {
    try {
      return parse(text);
    } catch {
      throw new Problem(0, "not_carrel", "");
    }
  }
  throw problemOf(response, text);
}

/**
 * @param {Response} response
 * @param {string} text
 */
function problemOf(response, text) {
  let told = {};
  try {
    told = JSON.parse(text) ?? {};
  } catch {
    // A proxy in between may answer with a page of its own.
  }
  const wait = Number(response.headers.get("Retry-After") || Number.NaN);
  return new Problem(response.status, String(told.code ?? `http_${response.status}`), String(told.detail ?? ""), {
    retryAfter: Number.isFinite(wait) ? wait : undefined,
    requestID: told.request_id ?? response.headers.get("X-Request-Id") ?? undefined,
  });
}

/**
 * @param {object} request Fields of `POST /v1/search`.
 * @param {AbortSignal} [signal]
 * @returns {Promise<Answer>}
 */
export const search = (request, signal) => call("/v1/search", { body: request, signal });

/**
 * @param {string} [key] One to try, in place of the one kept.
 * @returns {Promise<{tenant_id?: string, collections: Collection[]}>}
 */
export const collections = (key) => call("/v1/collections", { key });

/**
 * @param {number} limit
 * @returns {Promise<{documents: {title: string}[]}>}
 */
export const firstDocuments = (limit) => call(`/v1/documents?limit=${limit}`);

/**
 * @param {string} collection
 * @param {string} id
 * @param {AbortSignal} [signal]
 * @returns {Promise<StoredDocument>}
 */
export const storedDocument = (collection, id, signal) =>
  call(`/v1/documents/${encodeURIComponent(id)}?collection=${encodeURIComponent(collection)}`, {
    signal,
    parse: exactNumbers,
  });

/** JSON whose numbers stay as they were written where JavaScript's own would change them: ids of 64 bits, for one. */
const exactNumbers = (/** @type {string} */ text) =>
  JSON.parse(text, (_, value, context) =>
    typeof value === "number" && context?.source && !Number.isSafeInteger(value) ? context.source : value,
  );
