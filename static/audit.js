// Says how many new entries match the page's filters; the reader decides when to see them.
"use strict";
(() => {
  const fresh = document.getElementById("fresh");
  if (!fresh || !fresh.dataset.newer) return;
  const link = fresh.firstElementChild;
  const ask = async () => {
    if (document.hidden) return;
    const answer = await fetch(fresh.dataset.newer).catch(() => null);
    // Signed out, or Aviary is away: what was said still holds.
    if (!answer || !answer.ok || answer.redirected) return;
    const { count, text } = await answer.json();
    if (!count || link.textContent === text) return;
    link.textContent = text;
    link.hidden = false;
  };
  setInterval(ask, 5000);
  document.addEventListener("visibilitychange", ask);
})();
