// What is shown of attachments.
import assert from "node:assert/strict";
import { test } from "node:test";
import { extensionOf, gridOf, kindOf, placeholderOf, ratioOf, sizeText, sourcesOf } from "../../df_chat/static/df_chat/web/attachments/measures.js";

for (const [bytes, text] of [[0, "0 byte"], [999, "999 byte"], [1000, "1 kB"], [184_320, "184 kB"], [1_550_000, "1.6 MB"], [250_000_000, "250 MB"], [3e12, "3,000 GB"]]) {
  test(`${bytes} bytes are ${text}`, () => assert.equal(sizeText(bytes, "en"), text));
}

for (const [name, extension] of [["Route.pdf", "PDF"], ["a.tar.gz", "GZ"], [".env", ""], ["README", ""], ["x.<b>", ""], ["many.verylong", ""], ["отчёт.док", "ДОК"]]) {
  test(`${name} is tiled ${extension || "with nothing"}`, () => assert.equal(extensionOf(name), extension));
}

test("files are told apart by their type", () => {
  const types = ["application/pdf", "text/csv", "application/zip", "audio/mpeg", "video/mp4", "application/octet-stream", ""];
  assert.deepEqual(types.map(kindOf), ["text", "table", "archive", "audio", "video", "other", "other"]);
});

test("four images are shown, and the rest counted", () => {
  const counts = [0, 1, 3, 4, 5, 10].map((count) => gridOf(Array(count).fill(0)));
  assert.deepEqual(counts.map(({ shown, more }) => [shown.length, more]), [[0, 0], [1, 0], [3, 0], [4, 0], [4, 1], [4, 6]]);
});

test("a place is kept for an image, and not for a scroll", () => {
  const sizes = [[1600, 1200], [4000, 100], [100, 4000], [0, 0]];
  assert.deepEqual(sizes.map(([width, height]) => ratioOf({ width, height })), [4 / 3, 2.4, 0.5, 1]);
});

test("the browser chooses by the width that each address has", () => {
  const addresses = { url: "/o/", medium: "/m/", small: "/s/" };
  assert.equal(sourcesOf({ width: 1600, height: 1200, ...addresses }), "/s/ 320w, /m/ 1024w, /o/ 1600w");
  assert.equal(sourcesOf({ width: 1200, height: 1600, ...addresses }), "/s/ 240w, /m/ 768w, /o/ 1200w");
  assert.equal(sourcesOf({ width: 200, height: 100, ...addresses }), "/s/ 200w", "none is named twice");
  assert.equal(sourcesOf({ width: 1600, height: 1200, url: "/o/", medium: null, small: "" }), "/o/ 1600w");
});

test("a placeholder is base64 or nothing", () => {
  assert.equal(placeholderOf("UklGRiIAAABXRUJQ"), 'url("data:image/webp;base64,UklGRiIAAABXRUJQ")');
  for (const bad of [undefined, "", 'x"), url(https://elsewhere', "a b"]) assert.equal(placeholderOf(bad), "none");
});
