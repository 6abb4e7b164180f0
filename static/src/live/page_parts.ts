/** The element with this id; a page without it is a mistake of the template. */
export function part<T extends Element = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found as unknown as T;
}

/** A copy of the one element in the `<template>` with this id. */
export function copyOf(templateId: string): HTMLElement {
  const first = part<HTMLTemplateElement>(templateId).content.firstElementChild as HTMLElement;
  return document.importNode(first, true);
}

/** The first element inside `root` that fits `selector`. */
export function within<T extends Element = HTMLElement>(root: Element, selector: string): T {
  const found = root.querySelector<T>(selector);
  if (!found) throw new Error(`nothing fits ${selector}`);
  return found;
}

/** Put `text` there unless it is there already: an unchanged text is not announced again. */
export function write(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** Point the `<use>` inside `root` to a sign of the page's sprite. */
export function showSign(root: Element, sign: string): void {
  within(root, "use").setAttribute("href", `#sign-${sign}`);
}
