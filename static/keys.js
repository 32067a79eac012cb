// Keys, words for screen readers, and a word to the server when nobody looks. Keys open dialogs; they never decide.
"use strict";
(() => {
  const help = document.getElementById("keys");
  const stops = () => [...document.querySelectorAll("[data-stop]")].filter((one) => one.offsetParent);

  // --- keys --------------------------------------------------------------------------------------
  // The focus itself moves, so Enter opens and a screen reader follows.
  const move = (by) => {
    const all = stops();
    const focused = document.activeElement && document.activeElement.closest("[data-stop], .ask, tr[data-canary]");
    const here = all.findIndex((one) => focused && focused.contains(one));
    const next = all[here < 0 ? (by > 0 ? 0 : all.length - 1) : here + by];
    if (next) next.focus();
  };

  // The button of the canary in focus, or of the page's only one; a row without buttons has its own page.
  const open = (action) => {
    const focused = document.activeElement.closest("[data-canary]");
    const place = focused || document.getElementById("detail");
    if (!place) return;
    const button = place.querySelector(`[data-action="${action}"]:not(:disabled)`);
    const link = focused && focused.querySelector("[data-stop]");
    if (button) button.click();
    else if (link && !place.querySelector("[data-action]")) location.assign(`${link.href}/${action}`);
  };

  // Where letters are written; a checkbox is no such place.
  const WRITES = "input:not([type=checkbox], [type=radio], [type=button], [type=submit]), select, textarea, [contenteditable], dialog";

  const KEYS = {
    j: () => move(1),
    k: () => move(-1),
    ArrowDown: () => document.activeElement.closest("[data-stop]") && move(1),
    ArrowUp: () => document.activeElement.closest("[data-stop]") && move(-1),
    a: () => open("approve"),
    r: () => open("rollback"),
    "/": () => {
      const field = document.querySelector("[data-focus-key='/']");
      if (field) field.select();
    },
    "?": () => help && help.showModal(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape" && event.target.matches("[data-focus-key]")) event.target.blur();
    if (!KEYS[event.key] || event.target.closest(WRITES) || document.querySelector("dialog[open]")) return;
    // Arrows scroll the page unless they move the focus.
    if (event.key.startsWith("Arrow") && !event.target.closest("[data-stop]")) return;
    event.preventDefault();
    KEYS[event.key]();
  });
  document.addEventListener("click", (event) => {
    if (help && event.target.closest("[data-keys]")) help.showModal();
    if (help && event.target.closest("#keys [data-close]")) help.close();
  });

  // --- screen readers: phases that changed, every few seconds, at most three by name ---------------
  const told = document.getElementById("told");
  const phases = new Map();
  const named = ({ dataset: { canary, cluster } }) => (cluster ? `${canary} (${cluster})` : canary);
  const phasesNow = () => new Map([...document.querySelectorAll("[data-canary][data-phase]")].map((one) => [named(one), one]));
  const tell = () => {
    const news = [];
    for (const [canary, element] of phasesNow()) {
      const phase = element.dataset.phase + (element.dataset.waiting || "");
      const word = element.querySelector(".chip");
      if (phases.has(canary) && phases.get(canary) !== phase && word) news.push(`${canary}: ${word.textContent.trim()}`);
      phases.set(canary, phase);
    }
    if (news.length) told.textContent = news.slice(0, 3).join(". ") + (news.length > 3 ? ` +${news.length - 3}` : "");
  };
  if (told) {
    tell();
    setInterval(tell, 3000);
  }

  // --- a hidden page is drawn more rarely ----------------------------------------------------------
  let socket = null;
  const look = () => {
    if (socket && socket.readyState === WebSocket.OPEN) socket.send(document.hidden ? "hidden" : "visible");
  };
  document.addEventListener("htmx:after:ws:connection", (event) => {
    socket = event.detail.connection.socket;
    if (document.hidden) look();
  });
  document.addEventListener("visibilitychange", look);
})();
