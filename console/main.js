/** The page: which view is shown, and what leads from one to the other. */

import { collections, search } from "./api.js";
import { forget, key, takeFromAddress } from "./credential.js";
import { closeDocument, goToPassage, openDocument, skeleton } from "./document.js";
import { byID, element } from "./dom.js";
import { startKeyboard } from "./keyboard.js";
import { LiveSearch } from "./live.js";
import { explain } from "./messages.js";
import * as options from "./options.js";
import { addAnswer, clearAnswer, hitFor, links, showAnswer } from "./results.js";
import { showSignIn, startSignIn } from "./signin.js";
import { address, openPlace, placeIn, readAddress, searchRequest, state, writeAddress } from "./state.js";
import { loadTitles, showWelcome } from "./welcome.js";

const box = byID("query");
/** The request that the list answers, as JSON; empty where it answers none. */
let answered = "";
let nextPage;
/** Where the list was left for a document. */
let left = { scroll: 0, index: 0 };
let retrying = 0;
let failures = 0;

const live = new LiveSearch({
  onSlow: () => {
    byID("progress").hidden = false;
    byID("hits").classList.add("old");
    if (!links().length) byID("hits").replaceChildren(element("li", {}, skeleton()));
  },
  onAnswer: (answer) => {
    settle();
    failures = 0;
    answered = JSON.stringify(searchRequest());
    nextPage = answer.next_cursor;
    showAnswer(answer);
    byID("welcome").hidden = true;
  },
  onProblem: (problem) => {
    byID("progress").hidden = true;
    fail(problem, () => ask(true));
  },
});

function show(view) {
  for (const name of ["signin", "finder", "document"]) byID(name).hidden = name !== view;
  for (const name of ["search", "sign-out"]) byID(name).hidden = view === "signin";
  for (const name of ["show-options", "options"]) byID(name).hidden = view !== "finder";
  byID("place").hidden = view !== "document";
  if (view !== "document") document.title = "Carrel";
}

/** Shows what the state says. */
function render() {
  if (!key()) {
    signOut();
    return;
  }
  settle();
  if (box.value !== state.query) box.value = state.query;
  options.show();
  if (state.place) {
    show("document");
    openDocument(state.place, hitFor(state.place)).catch((problem) => fail(problem, render));
    return;
  }
  closeDocument();
  show("finder");
  ask(true);
}

/** Searches for what the state says. */
function ask(atOnce) {
  const request = searchRequest();
  // One Latin letter is the start of a word and no question; one of another script may be a word.
  if (!/..|[^\x00-\x7f]/.test(request.query)) {
    live.cancel();
    settle();
    answered = "";
    clearAnswer();
    byID("welcome").hidden = false;
    return;
  }
  if (isAnswered() || live.ask(request, atOnce)) return;
  byID("hits").classList.add("old");
  byID("summary").replaceChildren("Press Enter to search.");
}

const isAnswered = () => JSON.stringify(searchRequest()) === answered && !live.isBusy && byID("problem").hidden;

/** All is well: what said otherwise goes. */
function settle() {
  clearTimeout(retrying);
  byID("progress").hidden = true;
  byID("hits").classList.remove("old");
  byID("problem").hidden = true;
  byID("problem").replaceChildren();
}

/** Says what went wrong and what to do; tries again where waiting helps. */
function fail(problem, again) {
  clearTimeout(retrying);
  const message = explain(problem);
  if (problem.status === 401) {
    signOut(message);
    return;
  }
  const actions = element("p", { class: "actions" });
  const button = (label, run) => {
    const node = element("button", { type: "button", class: "button" }, label);
    node.addEventListener("click", run);
    actions.append(node);
    return node;
  };
  if (message.again) {
    const node = button("Try again", again);
    // The server's own time, or ever longer ones where it is gone.
    const wait = message.seconds ?? (problem.status === 0 ? Math.min(15, 2 ** failures) : 0);
    failures += 1;
    // Screen readers would read out every second.
    const clock = node.appendChild(element("span", { "aria-hidden": "true" }));
    if (wait) countDown(wait, (left) => {
      clock.textContent = ` (${left} s)`;
      if (!left) again();
    });
  }
  if (message.signIn) button("Use another key", () => signOut());
  byID("problem").replaceChildren(
    element("h2", {}, message.title),
    element("p", { dir: "auto" }, message.text),
    message.command ? element("pre", {}, message.command) : "",
    actions,
  );
  byID("problem").hidden = false;
  byID("hits").classList.add("old");
  if (links().length === 0) byID("hits").replaceChildren();
}

function countDown(seconds, tell) {
  tell(seconds);
  if (seconds > 0) retrying = setTimeout(() => countDown(seconds - 1, tell), 1000);
}

async function enter() {
  readAddress();
  answered = "";
  byID("tenant").textContent = "";
  clearAnswer();
  render();
  if (!key()) return;
  if (!state.place && matchMedia("(pointer: fine)").matches) box.focus();
  try {
    const [list] = await Promise.all([collections(), loadTitles()]);
    byID("tenant").textContent = list.tenant_id;
    options.showCollections(list.collections);
    showWelcome(list.collections, put);
  } catch (problem) {
    fail(problem, enter);
  }
}

/** @param {import("./messages.js").Message} [message] Why, if it was not the reader's wish. */
function signOut(message) {
  // The question is asked again once there is a key that is good.
  if (message) history.replaceState(history.state, "", address(state.place));
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

/** Puts a query into the box, as if it had been typed. */
function put(query) {
  box.value = query;
  typed(true);
  box.focus();
}

function typed(atOnce) {
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

function open(link) {
  left = { scroll: scrollY, index: Number(link.dataset.index) };
  openPlace(placeIn(new URLSearchParams(link.hash.slice(1))));
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

/** The address has changed: Back, Forward, or a link with a key pasted into this tab. */
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
  (link ?? box).focus({ preventScroll: true });
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

box.addEventListener("input", () => typed(false));
byID("search").addEventListener("submit", (event) => event.preventDefault());
byID("more").addEventListener("click", more);
byID("back").addEventListener("click", back);
byID("to-passage").addEventListener("click", goToPassage);
byID("sign-out").addEventListener("click", () => {
  history.replaceState(null, "", location.pathname);
  readAddress();
  signOut();
});
byID("hits").addEventListener("click", (event) => {
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
    if (isAnswered()) return true;
    typed(true);
    return false;
  },
  clear: () => put(""),
});

takeFromAddress();
enter();
