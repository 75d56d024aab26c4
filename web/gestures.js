// What a pointer does on the graph: clicks, drags, pinches and wheels as "tap", "hold", "drag", "drop", "zoom" and "hover".
//
// Points are pixels in the element. "hold" tells where a drag begins, before the first "drag" {x, y, dx, dy}; "drop" ends it. A
// press that does not move is a "tap". "zoom" is {x, y, factor}; "hover" is a point, or null where the pointer has left.

const still = 4;  // px that a click may move

export class Gestures extends EventTarget {
  #element;
  #pointers = new Map();
  #pressed = null;
  #dragging = false;

  constructor(element) {
    super();
    this.#element = element;
    element.addEventListener("pointerdown", (event) => this.#down(event));
    element.addEventListener("pointermove", (event) => this.#move(event));
    element.addEventListener("pointerup", (event) => this.#up(event, true));
    element.addEventListener("pointercancel", (event) => this.#up(event, false));
    element.addEventListener("pointerleave", () => this.#tell("hover", null));
    element.addEventListener("wheel", (event) => {
      event.preventDefault();
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 33 : 1;
      this.#tell("zoom", { ...this.#point(event), factor: 10 ** (-Math.max(-200, Math.min(200, event.deltaY * lines)) / 500) });
    }, { passive: false });
  }

  #down(event) {
    if (event.button !== 0) return;
    this.#element.setPointerCapture(event.pointerId);
    this.#pointers.set(event.pointerId, this.#point(event));
    if (this.#pointers.size === 1) this.#pressed = this.#point(event);
    else this.#release(null);
  }

  #move(event) {
    const now = this.#point(event);
    const before = this.#pointers.get(event.pointerId);
    if (!before) return this.#tell("hover", now);
    if (this.#pointers.size === 2) {
      const [other] = [...this.#pointers].filter(([id]) => id !== event.pointerId).map(([, point]) => point);
      const apart = (point) => Math.hypot(point.x - other.x, point.y - other.y) || 1;
      this.#tell("zoom", { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2, factor: apart(now) / apart(before) });
    } else if (this.#pressed) {
      if (!this.#dragging && Math.hypot(now.x - this.#pressed.x, now.y - this.#pressed.y) < still) return;
      if (!this.#dragging) this.#tell("hold", this.#pressed);
      const from = this.#dragging ? before : this.#pressed;
      this.#dragging = true;
      this.#tell("drag", { ...now, dx: now.x - from.x, dy: now.y - from.y });
    }
    this.#pointers.set(event.pointerId, now);
  }

  #up(event, ended) {
    if (!this.#pointers.delete(event.pointerId)) return;
    if (this.#pointers.size === 0) this.#release(ended ? this.#point(event) : null);
  }

  #release(point) {
    if (this.#dragging) this.#tell("drop", point);
    else if (this.#pressed && point) this.#tell("tap", point);
    this.#pressed = null;
    this.#dragging = false;
  }

  #point({ clientX, clientY }) {
    const { left, top } = this.#element.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
