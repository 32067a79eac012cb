// Live state, times in the reader's zone and language, dialogs. htmx does the rest.
"use strict";
(() => {
  // The server says something at least every 5 s; then a frozen server or a dead network is noticed.
  const SILENCE = 12000;
  const SIGNED_OUT = [4401, 4403];
  const body = document.body;
  const live = document.getElementById("live");
  const dialog = document.getElementById("dialog");
  const language = document.documentElement.lang || "en";
  const icon = document.getElementById("icon");
  let heard = Date.now();
  let skew = 0;
  // The canaries that waited for the reader when the server last spoke.
  let mine = null;

  // --- how fresh the page is ---------------------------------------------------------------------
  const show = (state, since) => {
    body.dataset.live = state;
    const text = live.dataset[`${state}Text`] + (state === "stale" ? ` ${clock(new Date(since))}` : "");
    if (live.textContent !== text) live.textContent = text;
  };

  const hear = (message) => {
    heard = Date.now();
    skew = Date.parse(message.now) - heard;
    show(message.live, message.since);
    const title = document.title.replace(/^\(\d+\) /, "");
    document.title = message.waiting ? `(${message.waiting}) ${title}` : title;
    const address = icon.href.replace(/n=\d+/, `n=${Math.min(message.waiting, 100)}`);
    if (icon.href !== address) icon.href = address;
    if (mine) message.mine.filter((canary) => !mine.includes(canary)).forEach(notify);
    mine = message.mine;
  };

  // --- notifications: asked for in the menu, kept in this browser, only while nobody looks ---------
  const wish = document.getElementById("notify");
  const wanted = () => localStorage.getItem("notify") && window.Notification && Notification.permission === "granted";
  // `namespace/name`, and the cluster behind it where it has a name of its own.
  const page = (canary) => {
    const [namespace, name, cluster] = canary.split("/");
    return `${cluster ? `/clusters/${cluster}` : ""}/canaries/${namespace}/${name}`;
  };
  function notify(canary) {
    if (!wanted() || !document.hidden) return;
    // The tag makes one out of those of several tabs.
    const told = new Notification(canary, { body: wish.dataset.text, tag: canary, icon: icon.href });
    told.onclick = () => { focus(); location.assign(page(canary)); };
  }
  const showWish = () => {
    wish.hidden = !window.Notification;
    wish.dataset.off = wish.dataset.off || wish.textContent;
    const denied = window.Notification && Notification.permission === "denied";
    wish.textContent = denied ? wish.dataset.denied : wanted() ? wish.dataset.on : wish.dataset.off;
    wish.disabled = denied;
  };
  if (wish) {
    showWish();
    wish.addEventListener("click", async () => {
      if (wanted()) localStorage.removeItem("notify");
      else if ((await Notification.requestPermission()) === "granted") localStorage.setItem("notify", "yes");
      showWish();
    });
  }

  const watch = () => {
    if (Date.now() - heard <= SILENCE) return;
    heard = Date.now();
    show("reconnecting");
    const connection = window.htmx.ext.ws.getRegistry().get(live.getAttribute("hx-ws:connect"));
    if (connection && connection.socket) connection.socket.close();
  };

  if (live) {
    document.addEventListener("htmx:before:ws:message", (event) => {
      const message = event.detail.message.json;
      if (message && message.live) hear(message);
    });
    document.addEventListener("htmx:ws:close", (event) => {
      // Signed out, or the role is gone: the server's own page says so.
      if (SIGNED_OUT.includes(event.detail.code)) location.reload();
      else show("reconnecting");
    });
    // htmx may have started before its extension was loaded: then nobody has connected yet.
    window.htmx.process(live);
    setInterval(watch, 1000);
  }
  // Back from the cache of the browser: nothing is known about the time in between.
  if (live || body.dataset.standing) addEventListener("pageshow", (event) => event.persisted && location.reload());

  // --- pages without live data: only whether their reader may still see them -----------------------
  // Asked for anew, also when the page was the answer to a form.
  const again = () => (location.hash ? location.reload() : location.replace(location.href));
  let typed = false;
  document.addEventListener("input", (event) => { typed ||= event.target.form?.method === "post"; });
  const stand = (address) => {
    const socket = new WebSocket(new URL(address, location.href.replace(/^http/, "ws")));
    let silence;
    socket.onmessage = () => {
      clearTimeout(silence);
      silence = setTimeout(() => socket.close(), SILENCE);
    };
    socket.onclose = async ({ code }) => {
      clearTimeout(silence);
      let next = address;
      if (SIGNED_OUT.includes(code)) {
        // Another role: what was typed stays if the server still shows the page.
        const page = code === 4403 && typed && (await fetch(location.href).catch(() => "away"));
        if (!page || (page !== "away" && (!page.ok || page.redirected))) return again();
        // From here on it is as good as drawn for this role.
        if (page.ok) [, next] = (await page.text().catch(() => "")).match(/data-standing="([^"]+)"/) || [, address];
      }
      setTimeout(stand, 500 + Math.random() * 2500, next);
    };
  };
  if (body.dataset.standing) stand(body.dataset.standing);

  // --- the list: what is typed goes into the address, and to the server that sends its rows --------
  const view = () => {
    const rows = document.getElementById("rows");
    return rows ? `?${rows.dataset.view}` : "";
  };
  let following = view();
  const follow = (socket) => {
    following = view();
    if (socket && socket.readyState === WebSocket.OPEN) socket.send(following);
  };
  document.addEventListener("htmx:after:swap", (event) => {
    if (!event.target.closest || !event.target.closest("form.tools") || view() === following) return;
    history.replaceState(null, "", view() === "?" ? location.pathname : view());
    const connection = window.htmx.ext.ws.getRegistry().get(live.getAttribute("hx-ws:connect"));
    follow(connection && connection.socket);
  });

  // The room for cards stays as it is while somebody looks, so that nothing below moves.
  const pane = document.getElementById("mine");
  const settle = () => {
    pane.style.height = "";
    pane.style.height = `${pane.offsetHeight}px`;
  };
  if (pane) {
    settle();
    addEventListener("resize", settle);
    document.addEventListener("visibilitychange", () => document.hidden && settle());
  }

  // --- times -------------------------------------------------------------------------------------
  const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
  const spans = Object.fromEntries(UNITS.map(([unit]) =>
    [unit, new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "short" })]));
  const ago = new Intl.RelativeTimeFormat(language, { style: "narrow" });
  const hours = new Intl.DateTimeFormat(language, { timeStyle: "medium", hourCycle: "h23" });
  const days = new Intl.DateTimeFormat(language, { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const whole = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "long", hourCycle: "h23" });

  function clock(at) {
    return (at.toDateString() === new Date().toDateString() ? hours : days).format(at);
  }

  const elapsed = (at) => {
    const seconds = Math.max(0, Math.round((Date.now() + skew - at) / 1000));
    const [unit, size] = UNITS.find(([, length]) => seconds >= length) || UNITS[3];
    return [Math.floor(seconds / size), unit];
  };

  // The two largest units: "2 days 3 hr", "59 sec".
  const left = (at) => {
    let seconds = Math.max(0, Math.round((at - Date.now() - skew) / 1000));
    const parts = UNITS.map(([unit, size]) => {
      const count = Math.floor(seconds / size);
      seconds -= count * size;
      return [count, unit];
    });
    const first = parts.findIndex(([count]) => count);
    return first < 0 ? spans.second.format(0) : parts.slice(first, first + 2).filter(([count]) => count)
      .map(([count, unit]) => spans[unit].format(count)).join(" ");
  };

  const tell = (time) => {
    const at = new Date(time.dateTime);
    if (isNaN(at)) return;
    let text = "time" in time.dataset ? time.textContent : clock(at);
    if ("own" in time.dataset) {
      text = at.getTimezoneOffset() ? days.format(at) : "";
    } else if ("span" in time.dataset) {
      const [count, unit] = elapsed(at);
      text = spans[unit].format(count);
    } else if ("ago" in time.dataset) {
      const [count, unit] = elapsed(at);
      text = ago.format(-count, unit);
    } else if ("left" in time.dataset) {
      text = left(at);
    }
    if (time.textContent !== text) time.textContent = text;
    if (time.dataset.told !== time.dateTime) {
      time.dataset.told = time.dateTime;
      time.title = whole.format(at);
    }
  };

  const TIMES = ["span", "ago", "clock", "left", "time", "own"].map((style) => `time[data-${style}]`).join();
  const tellAll = (root) => root.querySelectorAll(TIMES).forEach(tell);
  tellAll(document);
  setInterval(() => document.hidden || tellAll(document), 1000);
  document.addEventListener("visibilitychange", () => document.hidden || tellAll(document));
  // Morphing puts the server's text back; this runs before anything is painted.
  document.addEventListener("htmx:before:settle", (event) => event.target.querySelectorAll && tellAll(event.target));

  // --- dialogs -----------------------------------------------------------------------------------
  const trouble = document.getElementById("dialog-error");
  const inDialog = (event) => dialog && event.detail.ctx && event.detail.ctx.target
    && event.detail.ctx.target.id === "dialog-body";

  document.addEventListener("htmx:before:response", (event) => {
    // Signed out meanwhile: the sign-in page belongs into the window, not into a dialog.
    const answer = event.detail.ctx.response.raw;
    if (!answer.redirected) return;
    event.preventDefault();
    location.reload();
  });
  document.addEventListener("htmx:after:swap", (event) => {
    if (!inDialog(event) || dialog.open || !document.getElementById("dialog-body").children.length) return;
    trouble.hidden = true;
    dialog.showModal();
  });
  document.addEventListener("htmx:error", (event) => {
    if (!inDialog(event)) return;
    trouble.hidden = false;
    if (!dialog.open) dialog.showModal();
  });
  document.addEventListener("aviary:decided", () => dialog && dialog.close());
  document.addEventListener("click", (event) => {
    if (!dialog || !dialog.open || !event.target.closest("[data-close]")) return;
    event.preventDefault();
    dialog.close();
  });
  if (dialog) dialog.addEventListener("close", () => document.getElementById("dialog-body").replaceChildren());
})();
