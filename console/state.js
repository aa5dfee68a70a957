/**
 * What the reader asked for, kept in the address behind `#`: a link or a reload leads back to the same place, and no
 * server or log in between sees a query.
 */

/** @typedef {{id: string, collection: string, start: number, end: number}} Place A document, and a passage of it. */

export const state = {
  query: "",
  /** Empty for all of them. */
  collection: "",
  /** `hybrid`, `bm25` or `vector`. */
  mode: "hybrid",
  /** Weights of the two legs, 0 to 100; their ratio counts. */
  words: 50,
  meaning: 50,
  /** @type {Place | null} */
  place: null,
};

/** Takes over what the address says, and defaults for the rest. */
export function readAddress() {
  const fields = new URLSearchParams(location.hash.slice(1));
  const weight = (name) => Math.min(100, Math.max(0, Number.parseInt(fields.get(name) ?? "50", 10) || 0));
  state.query = fields.get("q") ?? "";
  state.collection = fields.get("in") ?? "";
  state.mode = ["bm25", "vector"].find((mode) => mode === fields.get("mode")) ?? "hybrid";
  state.words = weight("words");
  state.meaning = weight("meaning");
  if (state.words + state.meaning === 0) state.words = state.meaning = 50;
  state.place = placeIn(fields);
}

/** The document that the fields of an address name. */
export function placeIn(fields) {
  const id = fields.get("doc");
  const collection = fields.get("from");
  const [start = 0, end = 0] = (fields.get("at") ?? "").split("-").map((part) => Number.parseInt(part, 10) || 0);
  return id && collection ? { id, collection, start, end } : null;
}

/** The address of the state, with a document open where `place` names one. */
export function address(place) {
  const fields = new URLSearchParams();
  if (state.query) fields.set("q", state.query);
  if (state.collection) fields.set("in", state.collection);
  if (state.mode !== "hybrid") fields.set("mode", state.mode);
  for (const name of ["words", "meaning"]) if (state[name] !== 50) fields.set(name, state[name]);
  if (place) {
    fields.set("doc", place.id);
    fields.set("from", place.collection);
    fields.set("at", `${place.start}-${place.end}`);
  }
  return `#${fields}`;
}

let writing = 0;

/** Brings the address up to date, soon: browsers slow down pages that do so at every key. */
export function writeAddress() {
  clearTimeout(writing);
  writing = setTimeout(() => history.replaceState(history.state, "", address(state.place)), 300);
}

/** Leaves the results for a document, so that Back leads to them. */
export function openPlace(place) {
  clearTimeout(writing);
  history.replaceState(history.state, "", address(null));
  state.place = place;
  history.pushState({ opened: true }, "", address(place));
}

/** Fields of `POST /v1/search` for the state. */
export function searchRequest() {
  const request = { query: state.query.trim(), mode: state.mode, limit: 10 };
  if (state.collection) request.collection = state.collection;
  if (state.mode !== "hybrid") return request;
  return { ...request, bm25_weight: state.words / 100, vector_weight: state.meaning / 100 };
}
