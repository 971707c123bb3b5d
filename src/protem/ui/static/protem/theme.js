// The reader's choice of light, dark or the system's own, kept in this browser.
(() => {
  "use strict";
  const KEY = "protem-theme";
  const NAMES = ["auto", "light", "dark"];
  const root = document.documentElement;

  const stored = () => {
    try {
      const name = localStorage.getItem(KEY);
      return NAMES.includes(name) ? name : "auto";
    } catch {
      return "auto";
    }
  };
  const show = (name) => {
    if (name === "auto") root.removeAttribute("data-theme");
    else root.setAttribute("data-theme", name);
    for (const place of document.querySelectorAll("[data-theme-name]")) {
      place.textContent = name;
    }
  };
  const choose = (name) => {
    try {
      localStorage.setItem(KEY, name);
    } catch {
      // A browser without storage forgets the choice with the page.
    }
    show(name);
  };

  show(stored());
  document.addEventListener("DOMContentLoaded", () => {
    show(stored());
    for (const button of document.querySelectorAll("[data-theme-toggle]")) {
      button.hidden = false;
      button.addEventListener("click", () => {
        const now = root.getAttribute("data-theme") ?? "auto";
        choose(NAMES[(NAMES.indexOf(now) + 1) % NAMES.length]);
      });
    }
  });
})();
