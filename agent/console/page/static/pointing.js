// What a click on a chart is on: its time and its value, wherever in the plot it falls.

/** A second tap of a finger opens; the first one shows what is there. In pixels. */
const NEAR = 24;

/** Have `place.opened({at, value})` hear of clicks in the plot, and `place.picked(item)` of those on an item. */
export function pointed(one, place) {
  const ground = one.getZr();
  let tapped = null;
  one.on("click", ({ data }) => place.picked?.(data));
  ground.on("mousemove", (event) => { if (place.opened && under(one, event)) ground.setCursorStyle("pointer"); });
  ground.on("click", (event) => {
    const found = place.opened && under(one, event), before = tapped;
    if (!found) return;
    tapped = event.event?.zrByTouch ? event.offsetX : null;
    if (tapped !== null && (before === null || Math.abs(before - tapped) > NEAR)) return;
    place.opened(found);
  });
}

/** The first axis of a chart is its time or its category, of which the number is told. */
function under(one, { offsetX, offsetY }) {
  for (const [gridIndex] of (one.getOption().grid ?? []).entries()) {
    if (!one.containPixel({ gridIndex }, [offsetX, offsetY])) continue;
    const [at, value] = one.convertFromPixel({ gridIndex }, [offsetX, offsetY]);
    return { at, value, gridIndex };
  }
  return null;
}
