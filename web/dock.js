// What is open below the graph, consoles and captures: a tab each. The border above them moves, by the pointer and by arrow keys.

import { element } from "./element.js";

const least_height = 120;  // px

export class Dock {
  #section;
  #open = [];
  #front = null;
  #tabs = element("div", { role: "tablist", "aria-label": "Consoles and captures", onkeydown: (event) => this.#turn(event) });
  #border = element("div", { role: "separator", "aria-label": "Height of consoles and captures", "aria-orientation": "horizontal", tabindex: "0" });

  constructor(section) {
    this.#section = section;
    section.append(this.#border, this.#tabs);
    this.#border.addEventListener("pointerdown", (event) => this.#border.setPointerCapture(event.pointerId));
    this.#border.addEventListener("pointermove", (event) => {
      if (this.#border.hasPointerCapture(event.pointerId)) this.#size(this.#section.getBoundingClientRect().bottom - event.clientY);
    });
    this.#border.addEventListener("keydown", ({ key }) => {
      const step = { ArrowUp: 40, ArrowDown: -40 }[key];
      if (step) this.#size(this.#section.offsetHeight + step);
    });
    new ResizeObserver(() => this.#front?.resized()).observe(section);
  }

  // A new tab in the foreground. what is said by screen readers ("console of r1"); resized() is called when it has another size, shown()
  // when it comes to the foreground, closed() when it has gone.
  open({ title, what, screen, resized, shown, closed }) {
    const button = element("button", { role: "tab", onclick: () => this.#show(tab) }, title);
    const end = element("button", { class: "quiet", "aria-label": `Close the ${what}`, onclick: () => this.close(tab) }, "✕");
    screen.setAttribute("role", "tabpanel");
    screen.setAttribute("aria-label", what[0].toUpperCase() + what.slice(1));
    const tab = { button, screen, resized, shown, closed, box: element("span", { class: "tab" }, button, end) };
    this.#open.push(tab);
    this.#tabs.append(tab.box);
    this.#section.append(screen);
    this.#section.hidden = false;
    this.#show(tab);
    return tab;
  }

  // What it shows will not go on.
  ended(tab) {
    tab.button.classList.add("ended");
  }

  has(tab) {
    return this.#open.includes(tab);
  }

  close(tab) {
    if (!this.has(tab)) return;
    tab.box.remove();
    tab.screen.remove();
    this.#open = this.#open.filter((each) => each !== tab);
    if (this.#front === tab) this.#front = null;
    if (this.#open.length > 0) this.#show(this.#front ?? this.#open.at(-1));
    this.#section.hidden = this.#open.length === 0;
    tab.closed();
  }

  // The one in the foreground; null: nothing is open.
  get front() {
    return this.#front;
  }

  // Arrow keys go from tab to tab, as they do in other programs.
  #turn({ key }) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[key];
    if (!step) return;
    const next = this.#open[(this.#open.indexOf(this.#front) + step + this.#open.length) % this.#open.length];
    this.#show(next);
    next.button.focus();
  }

  #show(tab) {
    this.#front = tab;
    for (const each of this.#open) {
      each.screen.hidden = each !== tab;
      each.button.setAttribute("aria-selected", String(each === tab));
      each.button.tabIndex = each === tab ? 0 : -1;
    }
    tab.shown();
  }

  #size(height) {
    const most = this.#section.parentElement.clientHeight - least_height;
    this.#section.style.height = `${Math.max(least_height, Math.min(most, height))}px`;
  }
}
