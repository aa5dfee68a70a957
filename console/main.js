/** The page: which view is shown, and what leads from one to the other. */

import { collections, search } from "./api.js";
import { forget, key, takeFromAddress } from "./credential.js";
import { closeDocument, goToPassage, openDocument, skeleton } from "./document.js";
import { byID, element } from "./dom.js";
import { startKeyboard } from "./keyboard.js";
import { LiveSearch } from "./live.js";
import { explain } from "./messages.js";
import * as options from "./options.js";
import { addAnswer, clearAnswer, hitFor, links, rove, showAnswer } from "./results.js";
import { showSignIn, startSignIn } from "./signin.js";
import { address, openPlace, readAddress, searchRequest, state, writeAddress } from "./state.js";
import { loadTitles, showWelcome } from "./welcome.js";

const box = byID("query");
/** @type {import("./api.js").Collection[]} */
let known = [];
/** The request that the list answers, as JSON; empty where it answers none. */
let answered = "";
/** @type {string | undefined} */
let nextPage;
/** Where the list was left for a document. */
let left = { scroll: 0, index: 0 };
let retrying = 0;
let failures = 0;

const live = new LiveSearch({
  onWait: () => {
    byID("progress").hidden = false;
    byID("hits").classList.add("old");
    if (!links().length) byID("hits").replaceChildren(element("li", {}, skeleton()));
  },
  onAnswer: (answer) => {
    settle();
    answered = JSON.stringify(searchRequest());
    nextPage = answer.next_cursor;
    showAnswer(answer);
    byID("welcome").hidden = true;
    byID("tenant").textContent = answer.hits[0]?.tenant_id ?? byID("tenant").textContent;
  },
  onProblem: (problem) => {
    byID("progress").hidden = true;
    fail(problem, () => ask(true));
  },
});

// MARK: Views

/** @param {"signin" | "finder" | "document"} view */
function show(view) {
  for (const name of ["signin", "finder", "document"]) byID(name).hidden = name !== view;
  for (const name of ["search", "sign-out"]) byID(name).hidden = view === "signin";
  for (const name of ["show-options", "options"]) byID(name).hidden = view !== "finder";
  byID("place").hidden = view !== "document";
  document.body.dataset.view = view;
  if (view !== "document") document.title = "Carrel";
}

/** Shows what the state says. */
function render() {
  clearTimeout(retrying);
  settle();
  if (!key()) {
    live.cancel();
    show("signin");
    showSignIn(null);
    return;
  }
  if (box.value !== state.query) box.value = state.query;
  options.show();
  if (state.place) {
    const place = state.place;
    show("document");
    openDocument(place, hitFor(place)).catch((problem) => fail(problem, render));
    return;
  }
  closeDocument();
  show("finder");
  ask(true);
}

/** Searches for what the state says, unless the list answers just that. */
function ask(/** @type {boolean} */ atOnce) {
  const request = searchRequest();
  if (!isEnough(request.query)) {
    live.cancel();
    settle();
    answered = "";
    clearAnswer();
    byID("welcome").hidden = false;
    return;
  }
  if (JSON.stringify(request) === answered && !live.isBusy && byID("problem").hidden) return;
  live.ask(request, atOnce);
}

/** One Latin letter is the start of a word and no question; one of another script may be a word. */
const isEnough = (/** @type {string} */ query) => query.length > 1 || /[^\x00-\x7f]/.test(query);

/** All is well: what said otherwise goes. */
function settle() {
  clearTimeout(retrying);
  failures = 0;
  byID("progress").hidden = true;
  byID("hits").classList.remove("old");
  byID("problem").hidden = true;
  byID("problem").replaceChildren();
}

// MARK: Problems

/**
 * Says what went wrong and what to do; tries again where waiting helps.
 * @param {import("./api.js").Problem} problem
 * @param {() => void} again
 */
function fail(problem, again) {
  clearTimeout(retrying);
  const message = explain(problem);
  if (problem.status === 401) {
    signOut(message);
    return;
  }
  const panel = byID("problem");
  const text = element("p", { dir: "auto" }, message.text);
  const actions = element("p", { class: "actions" });
  const button = (/** @type {string} */ label, /** @type {() => void} */ run) => {
    const node = element("button", { type: "button" }, label);
    node.addEventListener("click", run);
    actions.append(node);
    return node;
  };
  if (message.again) {
    const node = button("Try again", again);
    // A countdown where the server named a time, ever longer pauses where it is gone.
    const wait = message.seconds ?? (problem.status === 0 ? Math.min(15, 2 ** failures) : 0);
    failures += 1;
    if (wait) countDown(wait, (left) => {
      node.textContent = left ? `Try again (${left} s)` : "Trying again …";
      if (!left) again();
    });
  }
  if (message.signIn) button("Use another key", () => signOut(null));
  panel.replaceChildren(
    element("h2", {}, message.title), text, message.command ? element("pre", {}, message.command) : "", actions);
  panel.hidden = false;
  byID("hits").classList.add("old");
  if (links().length === 0) byID("hits").replaceChildren();
}

/** @param {number} seconds @param {(left: number) => void} tell */
function countDown(seconds, tell) {
  tell(Math.ceil(seconds));
  retrying = window.setTimeout(() => (seconds > 1 ? countDown(seconds - 1, tell) : tell(0)), Math.min(1, seconds) * 1000);
}

// MARK: Signing in and out

async function enter() {
  readAddress();
  known = [];
  answered = "";
  byID("tenant").textContent = "";
  clearAnswer();
  render();
  if (!state.place && matchMedia("(pointer: fine)").matches) box.focus();
  try {
    const [list] = await Promise.all([collections(), loadTitles()]);
    known = list.collections;
    byID("tenant").textContent = list.tenant_id ?? byID("tenant").textContent;
    options.showCollections(known);
    welcome();
  } catch (problem) {
    fail(problem, enter);
  }
}

function welcome() {
  showWelcome(
    known,
    (query) => {
      box.value = query;
      typed(true);
      box.focus();
    },
    (collection) => {
      state.collection = collection;
      options.show();
      chosen();
      welcome();
      box.focus();
    },
  );
}

/** @param {import("./messages.js").Message | null} message Why, if it was not the reader's wish. */
function signOut(message) {
  forget();
  live.cancel();
  settle();
  closeDocument();
  clearAnswer();
  answered = "";
  byID("welcome").replaceChildren();
  byID("tenant").textContent = "";
  show("signin");
  showSignIn(message);
}

// MARK: What the reader does

function typed(/** @type {boolean} */ atOnce) {
  state.query = box.value;
  if (state.place) {
    state.place = null;
    history.pushState(null, "", address(null));
    closeDocument();
    show("finder");
  }
  writeAddress();
  ask(atOnce);
}

function chosen() {
  if (state.place) return;
  writeAddress();
  ask(false);
}

function open(/** @type {HTMLAnchorElement} */ link) {
  left = { scroll: scrollY, index: Number(link.dataset.index) };
  const fields = new URLSearchParams(link.hash.slice(1));
  const [start, end] = (fields.get("at") ?? "0-0").split("-").map(Number);
  openPlace({ id: fields.get("doc") ?? "", collection: fields.get("from") ?? "", start, end });
  render();
}

/** From a document to the list it was opened from, or to a list where it was opened by a link. */
function back() {
  if (history.state?.opened) {
    history.back();
    return;
  }
  state.place = null;
  history.replaceState(null, "", address(null));
  render();
  box.focus();
}

function returned() {
  const wasOpen = !byID("document").hidden;
  if (takeFromAddress()) {
    enter();
    return;
  }
  readAddress();
  render();
  if (!wasOpen || state.place || !key()) return;
  scrollTo(0, left.scroll);
  const link = links()[left.index];
  if (link) {
    rove(link);
    link.focus({ preventScroll: true });
  } else box.focus();
}

async function more() {
  const request = { ...searchRequest(), cursor: nextPage };
  byID("more").disabled = true;
  try {
    const answer = await search(request);
    if (JSON.stringify(searchRequest()) !== answered) return;
    nextPage = answer.next_cursor;
    addAnswer(answer);
  } catch (problem) {
    fail(problem, more);
  } finally {
    byID("more").disabled = false;
  }
}

// MARK: Start

box.addEventListener("input", () => typed(false));
byID("search").addEventListener("submit", (/** @type {Event} */ event) => event.preventDefault());
byID("more").addEventListener("click", more);
byID("back").addEventListener("click", back);
byID("to-passage").addEventListener("click", goToPassage);
byID("sign-out").addEventListener("click", () => {
  history.replaceState(null, "", location.pathname);
  readAddress();
  box.value = "";
  signOut(null);
});
byID("hits").addEventListener("click", (/** @type {MouseEvent} */ event) => {
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  open(link);
});
addEventListener("popstate", returned);
startSignIn(enter);
options.startOptions(chosen);
startKeyboard({
  back,
  searchNow: () => {
    if (JSON.stringify(searchRequest()) === answered && !live.isBusy && byID("problem").hidden) return true;
    typed(true);
    return false;
  },
  clear: () => {
    box.value = "";
    typed(true);
  },
});

takeFromAddress();
if (key()) enter();
else {
  readAddress();
  show("signin");
  showSignIn(null);
}
