// Saves what is typed while it is typed: to the server and, as long as that cannot be reached or the session has ended, in
// this browser tab.
import { putJson } from "./answers.js";
import { Kept } from "./session.js";
import { LOCALE, _ } from "./words.js";

const AFTER_MS = 1200;
const AGAIN_MS = 10_000;
const MOST_KEPT_ALIVE = 60_000; // what a browser sends on although its page is being left
const EXPIRED = 401;
const CONFLICT = 409;

function clock(at) {
  return new Date(at).toLocaleTimeString(LOCALE, { hour: "2-digit", minute: "2-digit" });
}

/** Keeps the answers of one form; `read()` gives them, `say(text)` shows what became of it, `expired()` asks to sign in. */
export class Drafts {
  constructor({ target, name, login, read, say, expired, lost }) {
    Object.assign(this, { target, read, say, expired, lost });
    this.kept = new Kept(name, login);
    this.saved = null;
    this.timer = null;
    this.sending = null;
    this.stopped = false;
  }

  /** From now on: `saved` is how the answers stand on the server, as text. */
  begin() {
    this.saved = JSON.stringify(this.read());
  }

  get dirty() {
    return !this.stopped && this.saved !== null && JSON.stringify(this.read()) !== this.saved;
  }

  changed() {
    if (!this.dirty) return;
    if (this.unsafe) this.keep();
    this.later(AFTER_MS);
  }

  later(ms) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), ms);
  }

  /** In this tab, with the time, until the server has it. */
  keep() {
    this.kept.set({ data: this.read(), at: new Date().toISOString() });
  }

  async save({ leaving = false } = {}) {
    clearTimeout(this.timer);
    if (!this.dirty || (this.sending && !leaving)) return this.sending;
    this.sending = this.send(leaving).finally(() => (this.sending = null));
    await this.sending;
    if (this.dirty && !this.unsafe) this.later(AFTER_MS);
    return undefined;
  }

  async send(leaving) {
    const data = this.read();
    const text = JSON.stringify(data);
    if (leaving) this.keep(); // nobody will hear whether it arrived
    try {
      const keepalive = leaving && text.length < MOST_KEPT_ALIVE;
      const answer = await (await putJson(this.target, { data }, { keepalive })).json();
      if (this.stopped) return;
      this.saved = text;
      this.unsafe = false;
      this.kept.clear();
      this.say(_("Entwurf gespeichert um %(at)s Uhr.", { at: clock(answer.saved_at) }));
    } catch (refusal) {
      if (!this.stopped) this.failed(refusal);
    }
  }

  failed(refusal) {
    this.unsafe = true;
    this.keep();
    if (refusal.status === EXPIRED) {
      this.expired().then(() => this.save());
    } else if (refusal.status === CONFLICT) {
      this.stop();
      this.lost(refusal);
    } else {
      this.say(_("Der Entwurf ist noch nicht gespeichert: %(why)s", { why: refusal.message }), true);
      if (!refusal.status || refusal.status >= 500) this.later(AGAIN_MS);
    }
  }

  /** No more drafts: the form is being sent, or somebody else has the task. */
  stop() {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  resume() {
    this.stopped = false;
  }

  done() {
    this.stop();
    this.kept.clear();
  }
}
