/** One document, its passage marked and in sight. */

import { storedDocument } from "./api.js";
import { byID, element, speak } from "./dom.js";
import { blocks, marked, unitPositions, unitRanges } from "./text.js";

/** How much of a long text is laid out at once, in UTF-16 units. */
const WINDOW = 200_000;

let loading = null;

/**
 * Fetches and shows a document.
 * @param {import("./state.js").Place} place
 * @param {import("./api.js").Hit} [hit] What led to it, with the words to mark.
 */
export async function openDocument(place, hit) {
  closeDocument();
  const mine = (loading = new AbortController());
  byID("title").textContent = hit?.title || place.id;
  byID("title").focus({ preventScroll: true });
  scrollTo(0, 0);
  const slow = setTimeout(() => byID("text").replaceChildren(skeleton()), 150);
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
  byID("details").hidden = byID("to-passage").hidden = true;
}

/** Brings the passage to where it can be read. */
export function goToPassage() {
  byID("passage")?.scrollIntoView();
  byID("passage")?.focus({ preventScroll: true });
}

function show(stored, place, hit) {
  const { text } = stored;
  const title = stored.title || stored.doc_id;
  const [start, end] = unitPositions(text, [place.start, place.end]);
  const [snippetStart] = unitPositions(text, [hit?.snippet_start ?? 0]);
  const isMoved = !text.startsWith(hit?.snippet ?? "", snippetStart);
  const warnings = [...stored.warnings];
  if (isMoved) warnings.push("The document changed after it was found: the passage may lie elsewhere now.");
  document.title = `${title} – Carrel`;
  byID("title").textContent = byID("where").textContent = title;
  byID("facts").replaceChildren(
    element("span", {}, stored.collection),
    element("span", { dir: "auto" }, stored.doc_id),
    element("span", {}, `changed ${new Date(stored.updated_at).toLocaleDateString(undefined, { dateStyle: "medium" })}`),
    hit?.passage.page ? element("span", {}, `page ${hit.passage.page}`) : "",
  );
  byID("document-notices").replaceChildren(...warnings.map((warning) => element("p", { class: "notice" }, warning)));
  showMetadata(stored.metadata);
  lay(stored.title, text, { start, end }, isMoved ? [] : unitRanges(text, hit?.highlights ?? []));
  const passage = byID("passage");
  byID("to-passage").hidden = !passage;
  // The start of a document is in sight as it is, with the title above.
  if (passage?.getBoundingClientRect().bottom > innerHeight * 0.75) passage.scrollIntoView();
  speak(passage ? "Document opened, the passage is marked" : "Document opened", 100);
}

/** Lays the text out: all of it, or of a long one what lies around the passage, and the rest when asked for. */
function lay(title, text, passage, highlights) {
  let page = 1;
  const all = blocks(text).map((block) => (block.kind === "page" ? { ...block, page: ++page } : block));
  const isWhole = text.length <= WINDOW * 1.5;
  const from = isWhole ? 0 : Math.max(0, passage.start - WINDOW / 2);
  const to = isWhole ? text.length : Math.min(text.length, from + WINDOW);

  const nodes = (low, high) =>
    all
      .map((block) => ({ ...block, start: Math.max(block.start, low), end: Math.min(block.end, high) }))
      .filter(({ start, end }) => start < end)
      .map((block) => node(text, block, passage, highlights));
  const rest = (label, low, high) => {
    if (low >= high) return "";
    const button = element("button", { type: "button", class: "plain" }, label);
    button.addEventListener("click", () => button.replaceWith(...nodes(low, high)));
    return button;
  };
  // The heading that became the title stands above already.
  if (text.startsWith(`# ${title}\n`) && passage.start > all[0].start) all.shift();
  byID("text").replaceChildren(
    rest("Show what comes before", 0, from),
    ...nodes(from, to),
    rest("Show what follows", to, text.length),
  );
  const first = byID("text").querySelector(".passage");
  first?.setAttribute("id", "passage");
  first?.setAttribute("tabindex", "-1");
}

/** A block as an element, the part that belongs to the passage in one of its own. */
function node(text, block, passage, highlights) {
  if (block.kind === "page") return element("p", { class: "page-end" }, `page ${block.page}`);
  const start = Math.min(Math.max(block.start, passage.start), block.end);
  const end = Math.max(Math.min(block.end, passage.end), start);
  const found = marked(text, highlights, start, end);
  const parts = [
    ...marked(text, [], block.start, start),
    found.length ? element("span", { class: "passage" }, ...found) : "",
    ...marked(text, [], end, block.end),
  ];
  const name = found.length ? "found" : "";
  if (block.kind === "text") return element("p", { dir: "auto", class: name }, ...parts);
  const level = Math.min(6, text.indexOf(" ", block.start) - block.start + 1);
  return element("div", { role: "heading", "aria-level": level, dir: "auto", class: `heading ${name}` }, ...parts);
}

/** Names and values, whatever their types. */
function showMetadata(metadata) {
  const entries = Object.entries(metadata ?? {});
  byID("details").hidden = entries.length === 0;
  byID("metadata").replaceChildren(
    ...entries.flatMap(([name, value]) => [
      element("dt", { dir: "auto" }, name),
      element("dd", { dir: "auto" }, typeof value === "string" ? value : JSON.stringify(value)),
    ]),
  );
}

/** Grey lines where text will be. */
export const skeleton = () =>
  element("div", { class: "skeleton", "aria-hidden": "true" }, ...Array.from({ length: 6 }, () => element("span")));
