/** One document, its passage marked and in sight. */

import { storedDocument } from "./api.js";
import { byID, element, speak } from "./dom.js";
import { blocks, marked, unitPositions, unitRanges } from "./text.js";

/** How much of a long text is laid out at once, in UTF-16 units. */
const WINDOW = 200_000;

/** @type {AbortController | null} */
let loading = null;

/**
 * Fetches and shows a document.
 * @param {import("./state.js").Place} place
 * @param {import("./api.js").Hit | undefined} hit What led to it, with the words to mark.
 * @throws {import("./api.js").Problem}
 */
export async function openDocument(place, hit) {
  closeDocument();
  const mine = new AbortController();
  loading = mine;
  byID("title").textContent = hit?.title || place.id;
  byID("title").focus({ preventScroll: true });
  scrollTo(0, 0);
  const slow = window.setTimeout(() => byID("text").replaceChildren(skeleton()), 150);
  try {
    const stored = await storedDocument(place.collection, place.id, mine.signal);
    if (loading === mine) show(stored, place, hit);
  } catch (error) {
    if (!mine.signal.aborted) throw error;
  } finally {
    clearTimeout(slow);
  }
}

/** Empties the view and drops what is under way. */
export function closeDocument() {
  loading?.abort();
  loading = null;
  for (const name of ["title", "where", "facts", "document-notices", "text", "metadata"]) byID(name).replaceChildren();
  byID("details").hidden = true;
  byID("to-passage").hidden = true;
}

/** Brings the passage to where it can be read. */
export function goToPassage() {
  const passage = byID("passage");
  passage?.scrollIntoView({ block: "start" });
  passage?.focus({ preventScroll: true });
}

/**
 * @param {import("./api.js").StoredDocument} stored
 * @param {import("./state.js").Place} place
 * @param {import("./api.js").Hit | undefined} hit
 */
function show(stored, place, hit) {
  const { text } = stored;
  const [start, end] = unitPositions(text, [place.start, place.end]);
  const isMoved = hit?.snippet !== undefined && !holds(text, hit);
  byID("title").textContent = byID("where").textContent = stored.title || stored.doc_id;
  document.title = `${stored.title || stored.doc_id} – Carrel`;
  byID("facts").replaceChildren(
    element("span", { class: "tag" }, stored.collection),
    element("span", { class: "id", dir: "auto" }, stored.doc_id),
    element("span", {}, `changed ${day(stored.updated_at)}`),
    ...(hit?.passage.page ? [element("span", {}, `page ${hit.passage.page}`)] : []),
  );
  byID("document-notices").replaceChildren(
    ...[...stored.warnings, ...(isMoved ? ["The document changed after it was found: the passage may lie elsewhere now."] : [])].map(
      (warning) => element("p", { class: "notice" }, warning),
    ),
  );
  showMetadata(stored.metadata);
  lay(stored.title, text, { start, end }, isMoved ? [] : unitRanges(text, hit?.highlights ?? []));
  const passage = byID("passage");
  byID("to-passage").hidden = !passage;
  // The start of a document is in sight as it is, with the title above.
  if (passage && passage.getBoundingClientRect().bottom > innerHeight * 0.75) passage.scrollIntoView({ block: "start" });
  speak(passage ? "Document opened, the passage is marked" : "Document opened", 100);
}

/** Whether the hit's snippet stands in the text where the hit says. */
function holds(/** @type {string} */ text, /** @type {import("./api.js").Hit} */ hit) {
  const [from] = unitPositions(text, [hit.snippet_start ?? 0]);
  return text.startsWith(hit.snippet ?? "", from);
}

/**
 * Lays the text out: all of it, or of a long one what lies around the passage, and the rest when asked for.
 * @param {string} title
 * @param {string} text
 * @param {{start: number, end: number}} passage
 * @param {{start: number, end: number}[]} highlights
 */
function lay(title, text, passage, highlights) {
  const all = blocks(text);
  const isWhole = text.length <= WINDOW * 1.5;
  const from = isWhole ? 0 : Math.max(0, passage.start - WINDOW / 2);
  const to = isWhole ? text.length : Math.min(text.length, from + WINDOW);
  let page = 1;
  const pages = all.map((block) => (block.kind === "page" ? ++page : 0));

  const nodes = (/** @type {number} */ low, /** @type {number} */ high) =>
    all.flatMap((block, index) => {
      const start = Math.max(block.start, low);
      const end = Math.min(block.end, high);
      if (start >= end) return [];
      // The heading that became the title stands above already.
      if (index === 0 && block.kind === "heading" && end <= passage.start && text.slice(start, end).endsWith(` ${title}`)) return [];
      if (block.kind === "page") return [element("p", { class: "page-end" }, `page ${pages[index]}`)];
      return [blockNode(text, { ...block, start, end }, passage, highlights)];
    });
  const part = (/** @type {boolean} */ isBefore, /** @type {number} */ edge) => {
    const low = isBefore ? Math.max(0, edge - WINDOW) : edge;
    const high = isBefore ? edge : Math.min(text.length, edge + WINDOW);
    if (low >= high) return [];
    const button = element("button", { type: "button", class: "plain" }, isBefore ? "Show what comes before" : "Show what follows");
    button.addEventListener("click", () => {
      const rest = part(isBefore, isBefore ? low : high);
      button.replaceWith(...(isBefore ? [...rest, ...nodes(low, high)] : [...nodes(low, high), ...rest]));
    });
    return [button];
  };
  byID("text").replaceChildren(...part(true, from), ...nodes(from, to), ...part(false, to));
  const first = byID("text").querySelector(".passage");
  first?.setAttribute("id", "passage");
  first?.setAttribute("tabindex", "-1");
}

/**
 * @param {string} text
 * @param {import("./text.js").Block} block
 * @param {{start: number, end: number}} passage
 * @param {{start: number, end: number}[]} highlights
 */
function blockNode(text, block, passage, highlights) {
  const start = Math.min(Math.max(block.start, passage.start), block.end);
  const end = Math.max(Math.min(block.end, passage.end), start);
  const inside = marked(text, highlights, start, end);
  const parts = [
    ...marked(text, [], block.start, start),
    ...(inside.length ? [element("span", { class: "passage" }, ...inside)] : []),
    ...marked(text, [], end, block.end),
  ];
  const kind = inside.length ? "found" : null;
  if (block.kind !== "heading") return element("p", { dir: "auto", class: kind }, ...parts);
  const level = text.slice(block.start, block.start + 6).match(/^#*/)?.[0].length ?? 1;
  return element("div", { role: "heading", "aria-level": Math.min(6, level + 1), dir: "auto", class: `heading ${kind ?? ""}` }, ...parts);
}

/** The document's metadata as a list of names and values, whatever their types. */
function showMetadata(/** @type {Record<string, unknown>} */ metadata) {
  const entries = Object.entries(metadata ?? {});
  byID("details").hidden = entries.length === 0;
  byID("metadata").replaceChildren(
    ...entries.flatMap(([name, value]) => [
      element("dt", { dir: "auto" }, name),
      element("dd", { dir: "auto" }, typeof value === "string" ? value : JSON.stringify(value)),
    ]),
  );
}

function day(/** @type {string | number} */ time) {
  const date = new Date(time);
  return Number.isNaN(date.valueOf()) ? String(time) : date.toLocaleDateString(undefined, { dateStyle: "medium" });
}

/** Grey lines where text will be. */
export function skeleton() {
  const lines = element("div", { class: "skeleton", "aria-hidden": "true" });
  for (let i = 0; i < 6; i++) lines.append(element("span"));
  return lines;
}
