/** What stands where nothing is searched yet: what there is, and what to try. */

import { firstDocuments } from "./api.js";
import { byID, counted, element } from "./dom.js";
import { state } from "./state.js";

/** @type {string[]} */
let titles = [];

/**
 * @param {import("./api.js").Collection[]} collections
 * @param {(query: string) => void} search
 * @param {(collection: string) => void} choose
 */
export function showWelcome(collections, search, choose) {
  const documents = collections.reduce((sum, collection) => sum + collection.documents, 0);
  if (documents === 0) {
    byID("welcome").replaceChildren(
      element("h1", {}, "Nothing to search yet"),
      element("p", {}, "Add a folder of documents from a terminal of the machine that serves, then reload this page:"),
      element("pre", {}, "carrel import --tenant NAME FOLDER"),
    );
    return;
  }
  byID("welcome").replaceChildren(
    element("h1", {}, "What are you looking for?"),
    element("p", { class: "lead" }, `Ask a question or type a few words. ${counted(documents, "document")} are found by their words and by what they mean.`),
    ...(titles.length ? [element("h2", {}, "Try"), suggestions(search)] : []),
    element("h2", {}, collections.length === 1 ? "Collection" : "Collections"),
    element("ul", { class: "collections" }, ...collections.map((collection) => card(collection, collections.length > 1, choose))),
  );
}

/** Fetches a few titles to suggest; without them the page is as good. */
export async function loadTitles() {
  try {
    const { documents } = await firstDocuments(24);
    const fit = [...new Set(documents.map((one) => one.title.trim()))].filter((title) => title.length >= 8 && title.length <= 60);
    // From all over the list: neighbours are often of one kind.
    const step = Math.max(1, Math.floor(fit.length / 4));
    titles = fit.filter((_, index) => index % step === 0).slice(0, 4);
  } catch {
    titles = [];
  }
}

function suggestions(/** @type {(query: string) => void} */ search) {
  return element(
    "ul",
    { class: "suggestions" },
    ...titles.map((title) => {
      const button = element("button", { type: "button", dir: "auto" }, title);
      button.addEventListener("click", () => search(title));
      return element("li", {}, button);
    }),
  );
}

/**
 * @param {import("./api.js").Collection} collection
 * @param {boolean} isChoice
 * @param {(collection: string) => void} choose
 */
function card(collection, isChoice, choose) {
  const parts = [
    element("span", { class: "name" }, collection.name),
    element("span", { class: "counts" }, `${counted(collection.documents, "document")} · ${counted(collection.passages, "passage")}`),
    collection.waiting
      ? element("span", { class: "counts" }, `${counted(collection.waiting, "passage")} found by words alone until read for meaning`)
      : null,
  ];
  if (!isChoice) return element("li", {}, element("div", { class: "card" }, ...parts));
  const isChosen = state.collection === collection.name;
  const button = element("button", { type: "button", class: "card", "aria-pressed": String(isChosen) }, ...parts);
  button.addEventListener("click", () => choose(isChosen ? "" : collection.name));
  return element("li", {}, button);
}
