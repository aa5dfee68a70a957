/** The list of hits. */

import { byID, count, element, speak } from "./dom.js";
import { address, state } from "./state.js";
import { marked, unitRanges } from "./text.js";

/** @type {import("./api.js").Hit[]} */
let shown = [];
/** The best keyword score of the list, which is as long as a bar gets: such scores have no upper end. */
let bestWords = 0;

/** Shows an answer in place of the one before. */
export function showAnswer(answer) {
  shown = answer.hits;
  bestWords = Math.max(0, ...shown.map((hit) => hit.bm25_score));
  byID("hits").replaceChildren(...shown.map(item));
  byID("hits").classList.remove("old");
  // Below the depth of a leg nothing was left out, though the server does not say so.
  const total = `${count(answer.total)}${answer.total_relation === "at_least" && answer.total >= 100 ? "+" : ""}`;
  const text = shown.length
    ? `${total} ${answer.total === 1 ? "document" : "documents"}`
    : "Nothing found. Try other words, or fewer.";
  byID("summary").replaceChildren(
    element("span", {}, text),
    element("span", { title: "Time on the server" }, `${answer.took_ms.toLocaleString()} ms`),
  );
  showNotices(answer);
  byID("more").hidden = !answer.next_cursor;
  speak(shown.length ? `${text} found` : text);
}

/** Adds the next page. */
export function addAnswer(answer) {
  const first = shown.length;
  shown = [...shown, ...answer.hits];
  byID("hits").append(...answer.hits.map((hit, index) => item(hit, first + index)));
  byID("more").hidden = !answer.next_cursor;
  links()[first]?.focus();
  speak(`${answer.hits.length} more`, 0);
}

/** Empties the list. */
export function clearAnswer() {
  shown = [];
  for (const name of ["hits", "summary", "notices"]) byID(name).replaceChildren();
  byID("more").hidden = true;
  speak("", 0);
}

/** What of the list stands for this document, if it was found just now. */
export const hitFor = (place) =>
  shown.find((hit) => hit.doc_id === place.id && hit.collection === place.collection);

/** @returns {HTMLAnchorElement[]} */
export const links = () => [...byID("hits").querySelectorAll("a")];

/** Has the Tab key come back to this hit. */
export function rove(link) {
  for (const other of links()) other.tabIndex = other === link ? 0 : -1;
}

function showNotices(answer) {
  byID("notices").replaceChildren(
    ...(answer.degraded
      ? [element("p", { class: "notice" }, "Found by words alone: the search by meaning did not run.")]
      : []),
    ...answer.warnings.map((warning) => element("p", { class: "notice", dir: "auto" }, warning)),
  );
}

function item(hit, index) {
  const place = { id: hit.doc_id, collection: hit.collection, start: hit.passage.start, end: hit.passage.end };
  const link = element("a", { href: address(place), dir: "auto", tabindex: index === 0 ? 0 : -1 }, hit.title || hit.doc_id);
  link.dataset.index = String(index);
  const snippet = hit.snippet ?? "";
  return element(
    "li",
    {},
    element("h2", {}, link),
    origin(hit),
    element("p", { class: "snippet", dir: "auto" }, ...marked(snippet, unitRanges(snippet, hit.highlights ?? [], hit.snippet_start))),
    legs(hit),
  );
}

/** Where the hit comes from: collection, document, page, heading. */
function origin(hit) {
  const parts = [];
  if (!state.collection && !byID("picker").hidden) parts.push(element("span", { class: "tag" }, hit.collection));
  parts.push(element("span", { dir: "auto", class: "id" }, hit.doc_id));
  if (hit.passage.page) parts.push(element("span", {}, `page ${hit.passage.page}`));
  if (hit.passage.heading) parts.push(element("span", { dir: "auto" }, hit.passage.heading));
  return element("p", { class: "origin" }, ...parts);
}

/** Both legs' ranks and scores. */
function legs(hit) {
  const list = element("ul", { class: "legs", "aria-label": "How it was found" });
  if (state.mode !== "vector") {
    list.append(leg("words", "Words", hit.bm25_rank, hit.bm25_score, bestWords ? hit.bm25_score / bestWords : 0));
  }
  if (state.mode !== "bm25") {
    list.append(leg("meaning", "Meaning", hit.vector_rank, hit.vector_score, hit.vector_score));
  }
  return list;
}

/** @param {number} share Of the bar, 0 to 1. */
function leg(kind, name, rank, score, share) {
  const bar = element("span", { class: "bar", "aria-hidden": "true" });
  bar.style.setProperty("--share", String(rank ? Math.min(1, Math.max(0.02, share)) : 0));
  return element(
    "li",
    { class: rank ? kind : `${kind} absent` },
    element("span", { class: "name" }, name),
    bar,
    element("span", { class: "rank" }, rank ? `#${rank}` : "–", rank ? "" : element("span", { class: "unseen" }, " not found")),
    element("span", { class: "score" }, rank ? score.toFixed(score < 10 ? 2 : 1) : ""),
  );
}
