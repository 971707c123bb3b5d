// j and k move through the rows of table[data-keys], Enter opens one, / searches, ? helps.
(() => {
  "use strict";
  const isTyping = (target) =>
    target instanceof Element && target.closest("input, textarea, select, [contenteditable], dialog");

  // Whoever dictates or types by accident can turn the keys off; this browser remembers it.
  const KEY = "protem-keys";
  const isOff = () => {
    try {
      return localStorage.getItem(KEY) === "off";
    } catch {
      return false;
    }
  };
  const turn = (on) => {
    try {
      localStorage.setItem(KEY, on ? "on" : "off");
    } catch {
      // Without storage the keys stay on.
    }
  };
  const toggle = document.querySelector("[data-keys-on]");
  if (toggle) {
    toggle.checked = !isOff();
    toggle.addEventListener("change", () => turn(toggle.checked));
  }

  const rows = () => Array.from(document.querySelectorAll("table[data-keys] tbody tr"));

  const move = (by) => {
    const all = rows();
    if (all.length === 0) return;
    const now = all.findIndex((row) => row.classList.contains("is-current"));
    const next = now < 0 ? 0 : Math.min(Math.max(now + by, 0), all.length - 1);
    if (now >= 0) all[now].classList.remove("is-current");
    const row = all[next];
    row.classList.add("is-current");
    const link = row.querySelector("a, button, input");
    if (!link) row.tabIndex = -1;
    (link ?? row).focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  };
  const help = () => document.getElementById("keys-help")?.showModal();
  const search = () => {
    const field = document.querySelector("main [data-search]") ?? document.querySelector("[data-search]");
    field?.focus();
    return Boolean(field);
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || isOff()) return;
    if (event.key === "j") move(1);
    else if (event.key === "k") move(-1);
    else if (event.key === "?") help();
    else if (event.key === "/" && search()) event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest("[data-keys-help]")) help();
  });
  for (const button of document.querySelectorAll("[data-keys-help]")) button.hidden = false;

  // A menu closes on Escape and when one looks elsewhere, as menus do.
  const menus = () => document.querySelectorAll("details.user-menu[open], details.nav-drawer[open]");
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of menus()) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
  document.addEventListener("click", (event) => {
    for (const menu of menus()) if (!menu.contains(event.target)) menu.open = false;
  });
})();
