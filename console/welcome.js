/** What stands where nothing is searched yet: what there is, and what to try. */

import { firstDocuments } from "./api.js";
import { byID, counted, element } from "./dom.js";

let titles = [];

/** @param {import("./api.js").Collection[]} collections */
export function showWelcome(collections, search) {
  const documents = collections.reduce((sum, { documents }) => sum + documents, 0);
  byID("welcome").replaceChildren(
    ...(documents
      ? [
          element("h1", {}, "What are you looking for?"),
          element(
            "p",
            { class: "lead" },
            `Ask a question or type a few words: ${counted(documents, "document")}, found by words and by meaning.`,
          ),
          ...(titles.length ? [element("h2", {}, "Try"), suggestions(search)] : []),
          element("h2", {}, collections.length === 1 ? "Collection" : "Collections"),
          element("ul", { class: "collections" }, ...collections.map(card)),
        ]
      : [
          element("h1", {}, "Nothing to search yet"),
          element("p", { class: "lead" }, "Add a folder from a terminal of the machine that serves, then reload this page:"),
          element("pre", {}, "carrel import --tenant NAME FOLDER"),
        ]),
  );
}

/** Fetches a few titles to suggest; without them the page is as good. */
export async function loadTitles() {
  const { documents } = await firstDocuments(24).catch(() => ({ documents: [] }));
  const fit = [...new Set(documents.map(({ title }) => title.trim()))].filter(({ length }) => length > 7 && length < 61);
  // From all over the list: neighbours are often of one kind.
  const step = Math.max(1, Math.floor(fit.length / 4));
  titles = fit.filter((_, index) => index % step === 0).slice(0, 4);
}

function suggestions(search) {
  const items = titles.map((title) => {
    const button = element("button", { type: "button", dir: "auto" }, title);
    button.addEventListener("click", () => search(title));
    return element("li", {}, button);
  });
  return element("ul", { class: "suggestions" }, ...items);
}

const card = ({ name, documents, passages, waiting }) =>
  element(
    "li",
    { class: "card" },
    element("strong", {}, name),
    element("span", {}, `${counted(documents, "document")} · ${counted(passages, "passage")}`),
    waiting ? element("span", {}, `${counted(waiting, "passage")} found by words alone as yet`) : "",
  );
