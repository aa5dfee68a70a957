/**
 * Search as one types: the newest question wins, an older one's answer is never shown.
 *
 * A quick server is asked at every key, a slow one when the typing pauses for half as long as its last answer took. A
 * tenant with few searches a minute is asked on Enter only, from its first refusal on.
 */

import { search } from "./api.js";

const LONGEST_PAUSE = 300;

export class LiveSearch {
  #listener;
  #running = null;
  #pauseTimer = 0;
  #slowTimer = 0;
  #pause = 0;
  #isPatient = false;

  /** @param listener Has `onAnswer(answer)`, `onProblem(problem)`, and `onSlow()` for an answer that takes its time. */
  constructor(listener) {
    this.#listener = listener;
  }

  /** Whether a question is on its way or about to be. */
  get isBusy() {
    return this.#running !== null || this.#pauseTimer !== 0;
  }

  /** Asks, `atOnce` or after a pause, and forgets what was asked before; false if that takes Enter. */
  ask(request, atOnce) {
    this.cancel();
    if (this.#isPatient && !atOnce) return false;
    if (atOnce || this.#pause === 0) this.#send(request);
    else this.#pauseTimer = setTimeout(() => this.#send(request), this.#pause);
    return true;
  }

  /** Drops the question under way. */
  cancel() {
    clearTimeout(this.#pauseTimer);
    clearTimeout(this.#slowTimer);
    this.#pauseTimer = 0;
    this.#running?.abort();
    this.#running = null;
  }

  async #send(request) {
    const mine = new AbortController();
    this.#pauseTimer = 0;
    this.#running = mine;
    this.#slowTimer = setTimeout(this.#listener.onSlow, 150);
    const began = performance.now();
    let answer, problem;
    try {
      answer = await search(request, mine.signal);
    } catch (error) {
      problem = error;
    }
    if (this.#running !== mine) return;
    clearTimeout(this.#slowTimer);
    this.#running = null;
    if (problem) {
      this.#isPatient ||= problem.code === "rate_limit_exceeded";
      this.#listener.onProblem(problem);
      return;
    }
    // Under 50 ms nobody notices that every key is a question of its own.
    const took = performance.now() - began;
    this.#pause = took < 50 ? 0 : Math.min(took / 2, LONGEST_PAUSE);
    this.#listener.onAnswer(answer);
  }
}
