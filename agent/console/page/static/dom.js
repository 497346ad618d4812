// Elements from code. Styles are set through the object model: the policy allows no style attributes.

/** Make an element: h("p", {class: "note", onclick: f}, "text", child). */
export function h(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

/** The same for SVG. */
export function svg(name, attributes = {}, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function filled(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "style") Object.assign(element.style, value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat(3).filter((one) => one !== null && one !== undefined && one !== false));
  return element;
}

/**
 * Bring `place` to look like `fresh` with as few changes as can be: what stays keeps its focus, its
 * charts and whether it is unfolded, so that the page never flickers.
 */
export function become(place, fresh) {
  if (place.nodeType !== fresh.nodeType || place.nodeName !== fresh.nodeName || place.dataset?.keep !== fresh.dataset?.keep) {
    place.replaceWith(fresh);
    return;
  }
  if (place.nodeType === Node.TEXT_NODE) {
    if (place.data !== fresh.data) place.data = fresh.data;
    return;
  }
  if (place.dataset?.keep) return;
  takeAttributes(place, fresh);
  const olds = [...place.childNodes], news = [...fresh.childNodes];
  news.forEach((one, at) => (olds[at] ? become(olds[at], one) : place.append(one)));
  olds.slice(news.length).forEach((one) => one.remove());
}

/** What a person or the page has set on what stands. */
const OWN = ["open", "style", "tabindex"];

function takeAttributes(place, fresh) {
  for (const { name } of [...place.attributes]) {
    if (!fresh.hasAttribute(name) && !OWN.includes(name)) place.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (!OWN.includes(name) && place.getAttribute(name) !== value) place.setAttribute(name, value);
  }
  if (place.style && place.style.cssText !== fresh.style.cssText) place.style.cssText = fresh.style.cssText;
}
