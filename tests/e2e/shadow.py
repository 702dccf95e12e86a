"""What a page is made of, through all its shadow roots: nothing may stand there that the chat does not make itself."""

from __future__ import annotations

from playwright.sync_api import Page

# Every element of the chat's templates, and of the page around them.
ELEMENTS = """
html head meta title link body script header nav main footer section aside div p span bdi h1 h2 h3 ul ol li dl dt dd
a button form label input textarea select option fieldset legend details summary dialog progress output time mark kbd i
strong em del code pre blockquote img canvas svg path circle rect
"""
# Those of a message's text.
TEXT_ELEMENTS = "P PRE CODE BLOCKQUOTE UL OL LI STRONG EM DEL A BDI"

FOREIGN = """elements => {
  const known = new Set(elements.trim().split(/\\s+/)), found = [];
  const safe = /^(?:https?:|mailto:|data:image\\/(?:webp|png|svg\\+xml)[;,]|[/?#]|$)/i;
  const isWrong = (key, value) => {
    if (/^(?:href|src|action|poster|data|cite)$/.test(key)) return !safe.test(value);
    if (key === "srcset") return !value.split(", ").every((one) => safe.test(one));
    if (key === "style") return /url\\((?!"?(?:data:image\\/|\\/|\\\\))/.test(value);
    return /^on|^srcdoc$|^formaction$|^ping$|:href$|^background$|^http-equiv$/.test(key);
  };
  const walk = (root) => {
    for (const element of root.querySelectorAll("*")) {
      const name = element.localName;
      if (!known.has(name) && !/^df-chat(-[a-z]+)*$/.test(name)) found.push(`<${name}>`);
      if (name === "script" && !element.src.startsWith(location.origin)) found.push(element.outerHTML);
      const wrong = [...element.attributes].filter((one) => isWrong(one.name, one.value));
      found.push(...wrong.map((one) => `${name} ${one.name}=${one.value}`));
      if (element.shadowRoot) walk(element.shadowRoot);
    }
  };
  walk(document);
  return found;
}"""
# By the id of the message, its text, and what in it is no part of messages.
TEXTS = """elements => {
  const known = new Set(elements.trim().split(/\\s+/)), texts = {};
  const attributes = { A: ["href", "title", "target", "rel"], OL: ["start"], PRE: ["dir"], BDI: ["class"] };
  const isSafe = ({ href, rel, target }) =>
    /^(?:https?|mailto):/.test(href) && /noopener/.test(rel) && target === "_blank";
  const isStrange = (one) => !known.has(one.tagName) || (one.tagName === "A" && !isSafe(one)) ||
    [...one.attributes].some(({ name }) => !attributes[one.tagName]?.includes(name));
  const walk = (root) => {
    for (const message of root.querySelectorAll(".message[data-id]")) {
      const text = message.querySelector(".text");
      const strange = [...text?.querySelectorAll("*") ?? []].filter(isStrange);
      texts[message.dataset.id] = [text?.textContent ?? "", strange.map((one) => one.outerHTML)];
    }
    for (const element of root.querySelectorAll("*")) if (element.shadowRoot) walk(element.shadowRoot);
  };
  walk(document);
  return texts;
}"""


def foreign(page: Page) -> list[str]:
    """Elements, attributes and addresses of the whole page that the chat never makes."""
    found: list[str] = page.evaluate(FOREIGN, ELEMENTS)
    return found


def texts(page: Page) -> dict[str, tuple[str, list[str]]]:
    """The messages that are drawn, by id: the text, and elements of it that no message has."""
    found: dict[str, tuple[str, list[str]]] = page.evaluate(TEXTS, TEXT_ELEMENTS)
    return found
