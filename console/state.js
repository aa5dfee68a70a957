/**
 * What the reader asked for, kept in the address behind `#`: a link or a reload leads back to the same place, and no
 * server or log in between sees a query.
 */

/** @typedef {"hybrid" | "bm25" | "vector"} Mode */

/**
 * A document that is open, and the passage that led to it.
 * @typedef {{id: string, collection: string, start: number, end: number}} Place
 */

/** @type {Mode[]} */
const MODES = ["hybrid", "bm25", "vector"];

export const state = {
  query: "",
  /** Empty for all of them. */
  collection: "",
  mode: /** @type {Mode} */ ("hybrid"),
  /** Weights of the two legs, 0 to 100; their ratio counts. */
  words: 50,
  meaning: 50,
  place: /** @type {Place | null} */ (null),
};

/** Takes over what the address says; what it does not say goes back to the default. */
export function readAddress() {
  const fields = new URLSearchParams(location.hash.slice(1));
  const mode = /** @type {Mode} */ (fields.get("mode"));
  state.query = fields.get("q") ?? "";
  state.collection = fields.get("in") ?? "";
  state.mode = MODES.includes(mode) ? mode : "hybrid";
  state.words = weight(fields.get("words"));
  state.meaning = weight(fields.get("meaning"));
  if (state.words + state.meaning === 0) state.words = state.meaning = 50;
  const id = fields.get("doc");
  const collection = fields.get("from");
  const [start, end] = (fields.get("at") ?? "").split("-").map((part) => Math.max(0, Number.parseInt(part, 10) || 0));
  state.place = id && collection ? { id, collection, start: start ?? 0, end: end ?? 0 } : null;
}

const weight = (/** @type {string | null} */ text) =>
  text === null ? 50 : Math.min(100, Math.max(0, Number.parseInt(text, 10) || 0));

/**
 * The address of the state, or of the state with a document open.
 * @param {Place | null} place
 * @returns {string}
 */
export function address(place) {
  const fields = new URLSearchParams();
  if (state.query) fields.set("q", state.query);
  if (state.collection) fields.set("in", state.collection);
  if (state.mode !== "hybrid") fields.set("mode", state.mode);
  if (state.words !== 50) fields.set("words", String(state.words));
  if (state.meaning !== 50) fields.set("meaning", String(state.meaning));
  if (place) {
    fields.set("doc", place.id);
    fields.set("from", place.collection);
    fields.set("at", `${place.start}-${place.end}`);
  }
  return `#${fields}`;
}

let writing = 0;

/** Brings the address up to date, soon: browsers slow down pages that do so at every key. */
export function writeAddress(delay = 300) {
  clearTimeout(writing);
  writing = window.setTimeout(() => history.replaceState(history.state, "", address(state.place)), delay);
}

/** Leaves the results for a document, so that Back leads to them. */
export function openPlace(/** @type {Place} */ place) {
  clearTimeout(writing);
  history.replaceState(history.state, "", address(null));
  state.place = place;
  history.pushState({ opened: true }, "", address(place));
}

/**
 * What is sent for the state.
 * @returns {object} Fields of `POST /v1/search`.
 */
export function searchRequest() {
  const request = { query: state.query.trim(), mode: state.mode, limit: 10 };
  if (state.collection) request.collection = state.collection;
  if (state.mode === "hybrid") {
    request.bm25_weight = state.words / 100;
    request.vector_weight = state.meaning / 100;
  }
  return request;
}
