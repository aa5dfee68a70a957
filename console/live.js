/**
 * Search as one types: the newest question wins, an older one's answer is never shown.
 *
 * A quick server is asked at every key. A slow one is asked when the typing pauses for half as long as its last answer
 * took. A tenant with few searches a minute is asked on Enter only, from its first refusal on.
 */

import { Problem, search } from "./api.js";

const LONGEST_PAUSE = 300;

/**
 * @typedef {object} Listener
 * @property {() => void} onWait The answer takes long enough to say so.
 * @property {(answer: import("./api.js").Answer) => void} onAnswer
 * @property {(problem: Problem) => void} onProblem
 */

export class LiveSearch {
  /** Whether Enter alone asks. */
  isPatient = false;
  /** @type {AbortController | null} */
  #running = null;
  #timer = 0;
  #waiting = 0;
  #pause = 0;
  #listener;

  /** @param {Listener} listener */
  constructor(listener) {
    this.#listener = listener;
  }

  /** Whether a question is on its way or about to be. */
  get isBusy() {
    return this.#running !== null || this.#timer !== 0;
  }

  /**
   * Asks, and forgets what was asked before.
   * @param {object} request
   * @param {boolean} atOnce Without waiting for a pause.
   */
  ask(request, atOnce) {
    this.cancel();
    if (this.isPatient && !atOnce) return;
    if (atOnce || this.#pause < 16) {
      this.#send(request);
      return;
    }
    this.#timer = window.setTimeout(() => {
      this.#timer = 0;
      this.#send(request);
    }, this.#pause);
  }

  /** Drops the question under way. */
  cancel() {
    clearTimeout(this.#timer);
    clearTimeout(this.#waiting);
    this.#timer = 0;
    this.#running?.abort();
    this.#running = null;
  }

  async #send(/** @type {object} */ request) {
    const mine = new AbortController();
    this.#running = mine;
    this.#waiting = window.setTimeout(this.#listener.onWait, 150);
    const began = performance.now();
    /** @type {() => void} */
    let tell;
    try {
      const answer = await search(request, mine.signal);
      const took = performance.now() - began;
      // Under 50 ms nobody notices that every key is a question of its own.
      this.#pause = took < 50 ? 0 : Math.min(took / 2, LONGEST_PAUSE);
      tell = () => this.#listener.onAnswer(answer);
    } catch (error) {
      if (mine.signal.aborted) return;
      if (!(error instanceof Problem)) throw error;
      if (error.code === "rate_limit_exceeded") this.isPatient = true;
      tell = () => this.#listener.onProblem(error);
    }
    if (this.#running !== mine) return;
    clearTimeout(this.#waiting);
    this.#running = null;
    tell();
  }
}
