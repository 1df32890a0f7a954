// Tabs as the ARIA practices have them: arrows move, the others are out of the tab order.

export function tabs(list, opened = () => {}) {
  const all = () => [...list.querySelectorAll("[role=tab]")].filter((tab) => !tab.hidden);
  const open = (tab) => {
    for (const one of list.querySelectorAll("[role=tab]")) {
      const chosen = one === tab;
      one.setAttribute("aria-selected", String(chosen));
      one.tabIndex = chosen ? 0 : -1;
      const panel = document.getElementById(one.getAttribute("aria-controls"));
      if (panel.dataset.shared === undefined) panel.hidden = !chosen;
      else if (chosen) panel.setAttribute("aria-labelledby", one.id);
    }
    opened(tab.id);
  };
  list.addEventListener("click", (event) => {
    const tab = event.target.closest("[role=tab]");
    if (tab) open(tab);
  });
  list.addEventListener("keydown", (event) => {
    const shown = all();
    const at = shown.indexOf(document.activeElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    const next = shown.at(to % shown.length);
    next.focus();
    open(next);
  });
}
