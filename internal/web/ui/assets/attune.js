/* What makes pages easier where script runs. Every page works without this file. */
(() => {
  const root = document.documentElement;
  const all = (sel, from = document) => [...from.querySelectorAll(sel)];
  const byId = (id) => document.getElementById(id);
  const make = (tag, props, ...inside) => {
    const n = Object.assign(document.createElement(tag), props);
    n.append(...inside);
    return n;
  };
  const clock = (at) => (at.getHours() % 12 || 12) + ":" + String(at.getMinutes()).padStart(2, "0");
  const digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  const ulid = () => {
    let id = "";
    for (let ms = Date.now(), i = 0; i < 10; i++, ms = Math.floor(ms / 32)) id = digits[ms % 32] + id;
    crypto.getRandomValues(new Uint8Array(16)).forEach((b) => (id += digits[b & 31]));
    return id;
  };
  let contact = Date.now();
  const post = async (url, body, more) => {
    const answer = await fetch(url, { method: "POST", body: new URLSearchParams(body), redirect: "manual", ...more });
    if (answer.ok) contact = Date.now();
    return answer;
  };

  /* Theme and discreet mode: one cookie for this device, which the server reads too. */
  const title = document.title;
  const savePrefs = () => {
    const kept = [];
    if (root.dataset.theme) kept.push("theme." + root.dataset.theme);
    if (root.classList.contains("discreet")) kept.push("discreet.on");
    document.cookie = "prefs=" + kept.join("-") + ";path=/;max-age=31536000;samesite=lax" + (location.protocol === "https:" ? ";secure" : "");
  };
  const names = new Map();
  const setDiscreet = (on) => {
    root.classList.toggle("discreet", on);
    savePrefs();
    if (!on && document.querySelector("[data-initials='']")) return location.reload();
    all("[data-discreet]").forEach((b) => b.setAttribute("aria-pressed", on));
    all("[data-initials]").forEach((n) => {
      if (!names.has(n)) names.set(n, n.textContent);
      n.textContent = on ? n.dataset.initials : names.get(n);
    });
    document.title = on ? "Notes" : title;
  };

  /* Leave quickly: blank first, end the sign-in, then replace the history entry. */
  const leave = () => {
    const button = document.querySelector("[data-leave]");
    if (!button) return;
    document.body.classList.add("gone");
    document.title = "Loading";
    post(button.form.action, new FormData(button.form), { keepalive: true }).catch(() => {});
    location.replace(button.dataset.to);
  };
  let shifts = [];
  addEventListener("keyup", (e) => {
    const now = Date.now();
    shifts = e.key === "Shift" ? [...shifts.filter((t) => now - t < 5000), now] : [];
    if (shifts.length === 3) leave();
  });
  addEventListener("pageshow", (e) => {
    if (e.persisted) location.reload();
  });

  document.addEventListener("click", (e) => {
    all(".menu[open]").forEach((m) => m.contains(e.target) || (m.open = false));
    const el = e.target.closest("[data-leave],[data-discreet],[data-theme-set],[data-open],[data-close],[data-insert],[data-print]");
    if (!el) return;
    const d = el.dataset;
    if ("leave" in d) { e.preventDefault(); leave(); }
    if ("discreet" in d) { e.preventDefault(); setDiscreet(!root.classList.contains("discreet")); }
    if (d.themeSet) {
      e.preventDefault();
      if (d.themeSet === "system") delete root.dataset.theme;
      else root.dataset.theme = d.themeSet;
      savePrefs();
    }
    if (d.open && byId(d.open)) { e.preventDefault(); byId(d.open).showModal(); }
    if ("close" in d) el.closest("dialog").close();
    if ("print" in d) print();
    if (d.insert) {
      const box = byId(d.into);
      box.setRangeText(d.insert, box.selectionStart, box.selectionEnd, "end");
      box.focus();
      box.dispatchEvent(new Event("input", { bubbles: true }));
    }
  });
  addEventListener("keydown", (e) => {
    if (e.key !== "Escape") return;
    all(".menu[open]").forEach((m) => { m.open = false; m.firstElementChild.focus(); });
  });

  /* Views of one thing: links to sections become an ARIA tablist. */
  all("[data-tabs]").forEach((list) => {
    const tabs = all("a", list);
    const panel = (t) => byId(t.hash.slice(1));
    const show = (tab, focus) => tabs.forEach((t) => {
      const on = t === tab;
      t.setAttribute("aria-selected", on);
      t.tabIndex = on ? 0 : -1;
      panel(t).hidden = !on;
      if (on && focus) t.focus();
    });
    list.setAttribute("role", "tablist");
    tabs.forEach((t, i) => {
      t.setAttribute("role", "tab");
      t.id ||= "tab-" + panel(t).id;
      t.setAttribute("aria-controls", panel(t).id);
      panel(t).setAttribute("role", "tabpanel");
      panel(t).setAttribute("aria-labelledby", t.id);
      t.onclick = (e) => { e.preventDefault(); show(t); };
      t.onkeydown = (e) => {
        const ahead = getComputedStyle(list).direction === "ltr" ? 1 : -1;
        const step = { ArrowRight: ahead, ArrowLeft: -ahead }[e.key];
        if (step) show(tabs[(i + step + tabs.length) % tabs.length], true);
        if (e.key === "Home") show(tabs[0], true);
        if (e.key === "End") show(tabs.at(-1), true);
      };
    });
    show(tabs.find((t) => t.hash === location.hash) || tabs[0]);
  });

  /* Ranges: say the value in words; a range that was not moved is not sent. */
  all("input[type=range][data-words]").forEach((range) => {
    const words = range.dataset.words.split("|");
    const name = range.name;
    range.name = "";
    range.addEventListener("input", () => {
      const word = words[Math.round((range.value - range.min) / (range.max - range.min) * (words.length - 1))];
      range.name = name;
      range.setAttribute("aria-valuetext", word);
      const out = byId(range.dataset.out);
      if (out) out.textContent = word;
    });
  });

  /* What an answer calls for, such as crisis help, comes at once and stays. */
  const reveal = (input) => {
    const what = byId(input.dataset.reveals);
    if (what && input.checked) what.hidden = false;
  };
  all("[data-revealed]").forEach((n) => (n.hidden = true));
  all("[data-reveals]").forEach((input) => {
    reveal(input);
    input.addEventListener("change", () => reveal(input));
  });

  /* Autosave: changed fields and all hidden ones, until the server has them. */
  all("form[data-autosave]").forEach((form) => {
    const status = form.querySelector("[data-autosave-status]");
    const say = (text) => { if (status && status.textContent !== text) status.textContent = text; };
    const hidden = (n) => n.type === "hidden" && n.name !== "idempotency";
    let changed = new Set();
    let saved = new Date();
    let timer, busy, sent, wait = 2000;
    const later = (ms) => { clearTimeout(timer); timer = setTimeout(save, ms); };
    const save = async (leaving) => {
      clearTimeout(timer);
      timer = 0;
      if (!changed.size || busy || sent) return;
      const data = new FormData(form);
      const going = changed;
      const body = [["idempotency", ulid()]];
      changed = new Set();
      for (const name of new Set([...going, ...[...form.elements].filter(hidden).map((n) => n.name)])) {
        const values = data.getAll(name);
        (values.length ? values : [""]).forEach((v) => body.push([name, v]));
      }
      busy = true;
      try {
        const answer = await post(form.dataset.autosave, body, { keepalive: leaving === true });
        const refused = [409, 422].includes(answer.status) && (answer.headers.get("Content-Type") || "").startsWith("text/plain");
        if (refused) say(await answer.text());
        else if (!answer.ok) throw answer;
        else { saved = new Date(); wait = 2000; say("Saved " + clock(saved)); }
      } catch {
        going.forEach((name) => changed.add(name));
        say("Not saved since " + clock(saved) + ". Keep this page open; we’ll keep trying.");
        wait = Math.min(wait * 2, 30000);
      }
      busy = false;
      if (changed.size && !timer) later(wait);
    };
    form.addEventListener("input", (e) => {
      if (!e.target.name) return;
      changed.add(e.target.name);
      if (!timer) later(2000);
    });
    form.addEventListener("change", save);
    form.addEventListener("focusout", save);
    form.addEventListener("submit", () => { sent = !form.hasAttribute("data-keep"); });
    addEventListener("online", save);
    addEventListener("pagehide", () => save(true));
  });

  /* A check-in outlives a lost connection: send until there is an answer, under one
     key, then let the browser send the same once more and show where it leads. */
  all("form[data-keep]").forEach((form) => {
    form.addEventListener("submit", async (e) => {
      e.preventDefault();
      if (form.dataset.busy) return;
      form.dataset.busy = "yes";
      const by = e.submitter;
      if (by && by.name) form.append(make("input", { type: "hidden", name: by.name, value: by.value }));
      const status = form.querySelector("[data-keep-status]") || form.appendChild(make("p", { className: "error" }));
      status.setAttribute("role", "status");
      const body = new FormData(form);
      for (let wait = 1000; ; wait = Math.min(wait * 2, 15000)) {
        const answer = await post(form.action, body).catch(() => 0);
        if (answer && ![502, 503, 504].includes(answer.status)) break;
        status.textContent = "It didn’t send. Your answers are still here. Keep this page open; we’ll keep trying.";
        await new Promise((go) => { setTimeout(go, wait); addEventListener("online", go, { once: true }); });
      }
      HTMLFormElement.prototype.submit.call(form);
    });
  });

  /* Sign-out: whoever is at work stays; whoever is not is warned two minutes before. */
  const idle = document.body.dataset.idle * 1000;
  if (idle) {
    const say = make("p");
    const box = make("dialog", { id: "idle" }, make("h2", { id: "idle-title", textContent: "Are you still here?" }), say,
      make("div", { className: "row" }, make("button", { className: "btn", type: "button", textContent: "Stay signed in" })));
    box.setAttribute("role", "alertdialog");
    box.setAttribute("aria-labelledby", "idle-title");
    document.body.append(box);
    let asking;
    const stay = async () => {
      if (asking || (!box.open && Date.now() - contact < 60000)) return;
      asking = true;
      await post("/stay", [["idempotency", ulid()]]).then((a) => { if (a.ok) box.close(); }, () => {});
      asking = false;
    };
    ["keydown", "pointerdown"].forEach((on) => addEventListener(on, stay));
    setInterval(() => {
      const left = contact + idle - Date.now();
      if (left <= 0) {
        document.body.classList.add("gone");
        contact = Date.now();
        location.reload();
      } else if (left <= 120000 && !box.open) {
        say.textContent = "You’ll be signed out at " + clock(new Date(contact + idle)) + " to keep this record private. Press any key to stay.";
        box.showModal();
      }
    }, 1000);
  }

  /* Small things: what needs script is shown now, a toast can be put away, faults are read first. */
  all("[data-script]").forEach((n) => (n.hidden = false));
  all(".toast").forEach((t) => t.append(make("button", { className: "btn", type: "button", textContent: "Dismiss", onclick: () => t.remove() })));
  document.querySelector(".error-box")?.focus();
})();
