// The pages are whole without this. With it they follow what happens: the server says that something is
// new, the page is fetched again, and its middle is put in place of the old one.
(() => {
  "use strict";
  const base = document.documentElement.dataset.base || "";
  const place = document.getElementById("refresh");
  if (!place || !window.EventSource) return;

  const kept = "usher-refresh";
  const read = () => { try { return localStorage.getItem(kept); } catch { return null; } };
  const keep = (value) => { try { localStorage.setItem(kept, value); } catch { /* forgotten, then */ } };

  const label = document.createElement("label");
  const choice = document.createElement("select");
  label.htmlFor = choice.id = "refresh-every";
  label.textContent = "Refresh";
  for (const [value, text] of [["1", "at once"], ["15", "every 15 s"], ["60", "every minute"], ["off", "off"]]) {
    choice.append(new Option(text, value));
  }
  choice.value = read() || "1";
  if (!choice.value) choice.value = "1";
  place.append(label, choice);

  let source = null, due = null, busy = false, last = 0;

  // What stands for an element in the next version of the page, among others that are alike.
  const signOf = (one) => {
    if (one.id) return `#${CSS.escape(one.id)}`;
    for (const name of ["href", "aria-label", "name"]) {
      const value = one.getAttribute(name);
      if (value) return `${one.localName}[${name}="${CSS.escape(value)}"]`;
    }
    return one.localName;
  };

  const refresh = async () => {
    due = null;
    // Nothing moves under somebody who types or has marked something.
    const typing = document.activeElement && document.activeElement.matches("main input, main select");
    if (busy || document.hidden || typing || !getSelection().isCollapsed) return later();
    busy = true;
    try {
      const answer = await fetch(location.href, { headers: { accept: "text/html" }, redirect: "manual" });
      if (answer.type === "opaqueredirect") { location.reload(); return; }
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const [old, fresh] = [document.querySelector("main"), page.querySelector("main")];
      if (!old || !fresh) return;
      const focused = document.activeElement;
      const sign = old.contains(focused) && signOf(focused);
      const place = sign ? [...old.querySelectorAll(sign)].indexOf(focused) : -1;
      const open = [...old.querySelectorAll("details[id][open]")].map((one) => one.id);
      old.replaceChildren(...fresh.childNodes);
      for (const id of open) { const one = document.getElementById(id); if (one) one.open = true; }
      const again = sign ? old.querySelectorAll(sign) : [];
      const one = again[place] || again[0] || (sign && old);
      if (one) one.focus({ preventScroll: true });
      document.getElementById("news").textContent = "The page was refreshed.";
      last = Date.now();
    } catch { /* the next news, or the next connection, tries again */ } finally { busy = false; }
  };
  const later = () => {
    if (due || choice.value === "off") return;
    const wait = Math.max(0, last + Number(choice.value) * 1000 - Date.now(), busy ? 1000 : 0);
    due = setTimeout(refresh, wait || 1000);
  };
  const start = () => {
    if (source) source.close();
    clearTimeout(due);
    source = due = null;
    if (choice.value === "off") return;
    source = new EventSource(base + "/events");
    source.addEventListener("news", later);
  };
  choice.addEventListener("change", () => { keep(choice.value); start(); });
  addEventListener("pagehide", () => source && source.close());
  start();
})();
