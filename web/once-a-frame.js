// A function that can be called as often as something changes: `work` is done once, before the browser's next picture.
export function once_a_frame(work) {
  let due = false;
  return () => {
    if (due) return;
    due = true;
    requestAnimationFrame(() => {
      due = false;
      work();
    });
  };
}
