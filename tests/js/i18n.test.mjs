// The words and the language of the page.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { gettext, interpolate, pageLanguage, speak } from "../../df_chat/static/df_chat/web/i18n.js";

afterEach(() => {
  speak({});
  delete globalThis.document;
});

test("what the catalog lacks stays in English", () => {
  speak({ Send: "Senden" });
  assert.deepEqual([gettext("Send"), gettext("Cancel")], ["Senden", "Cancel"]);
});

test("names are put in, and what they say is not read again", () => {
  assert.equal(interpolate("%(name)s and %(name)s: %(count)s", { name: "%(count)s", count: 2 }), "%(count)s and %(count)s: 2");
});

test("a language that is none is the browser's", () => {
  for (const [lang, language] of [["pt-br", "pt-BR"], ["zh-hans", "zh-Hans"], ["", undefined], ["en_US", undefined], ["<b>", undefined]]) {
    globalThis.document = /** @type {any} */ ({ documentElement: { lang } });
    assert.equal(pageLanguage(), language);
  }
});
