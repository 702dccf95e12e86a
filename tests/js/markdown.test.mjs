// The text of messages as a tree: what it is, that nothing of it is lost, and that no text takes long.
import assert from "node:assert/strict";
import { test } from "node:test";

import { parse, plain, safe } from "../../df_chat/static/df_chat/web/messages/markdown.js";

const MENTIONS = [{ user_id: "1", name: "Ann" }, { user_id: "2", name: "Ann Lee" }];

/** A tree in short: `strong(a)`. */
function short(nodes) {
  return nodes.map((node) => {
    if (node.type === "text") return node.text;
    if (node.type === "list") return `${node.start === null ? "ul" : `ol${node.start}`}(${node.items.map(short).join("|")})`;
    if (node.type === "paragraph") return `p(${short(node.children)})`;
    const of = node.href ?? node.lang ?? node.user_id ?? "";
    return `${node.type}${of && `<${of}>`}(${node.text ?? short(node.children)})`;
  }).join("");
}
const line = (text) => short(parse(text, MENTIONS)[0]?.children ?? []);

for (const [text, tree] of [
  ["plain", "plain"],
  ["**a** *b* ~~c~~ `d`", "strong(a) em(b) del(c) code(d)"],
  ["***a***", "strong(em(a))"],
  ["**a *b* c**", "strong(a em(b) c)"],
  ["*a **b** c*", "em(a strong(b) c)"],
  ["**a *b** c*", "strong(a *b) c*"],
  ["2*3*4 and 2 * 3 * 4", "2*3*4 and 2 * 3 * 4"],
  ["**not closed", "**not closed"],
  ["*a *b*", "*a em(b)"],
  ["**** ~~~ ~a~", "**** ~~~ ~a~"],
  ["`**a**` ``b`c``", "code(**a**) code(b`c)"],
  ["`not closed", "`not closed"],
  ["\\*a\\* C:\\new", "*a* C:\\new"],
  ["snake_case_name", "snake_case_name"],
  ["two\nlines", "two\nlines"],
  ["[a *b*](https://x.org/y)", "link<https://x.org/y>(a em(b))"],
  ["[a](mailto:a@b.org)", "link<mailto:a@b.org>(a)"],
  ["https://x.org/a_(b), and (https://x.org/c).", "link<https://x.org/a_(b)>(https://x.org/a_(b)), and (link<https://x.org/c>(https://x.org/c))."],
  ["**https://x.org/**", "strong(link<https://x.org/>(https://x.org/))"],
  ["xhttps://x.org https://", "xhttps://x.org https://"],
  ["[a](javascript:alert(1)) [b](data:text/html,x) [c](//x.org) [d](/x)", "[a](javascript:alert(1)) [b](data:text/html,x) [c](//x.org) [d](/x)"],
  ["<b>no</b> &amp; <script>", "<b>no</b> &amp; <script>"],
  ["@Ann Lee, @Ann! @Anna a@Ann @Bob", "mention<2>(@Ann Lee), mention<1>(@Ann)! @Anna a@Ann @Bob"],
  ["**@Ann**", "strong(mention<1>(@Ann))"],
]) test(`in a line: ${text}`, () => assert.equal(line(text), tree));

for (const [text, tree] of [
  ["a\n\nb", "p(a)p(b)"],
  ["> a\n> > b\nc", "quote(p(a)quote(p(b)))p(c)"],
  ["- a\n- b\n  - c\n* d", "ul(p(a)|p(b)ul(p(c))|p(d))"],
  ["3. a\n4) b\n- c", "ol3(p(a)|p(b))ul(p(c))"],
  ["-a\n1.b\n- ", "p(-a\n1.b\n- )"],
  ["a\n```js\n**b**\n\n c\n```\nd", "p(a)pre<js>(**b**\n\n c)p(d)"],
  ["```\nnot closed", "pre(not closed)"],
  ["```one line```", "p(code(one line))"],
  ["", ""],
  ["\n \n", ""],
]) test(`blocks: ${JSON.stringify(text)}`, () => assert.equal(short(parse(text)), tree));

test("only addresses of the web and of mail may be followed", () => {
  for (const bad of ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc", "blob:x", "//x.org", "x", "", "http://", "java\nscript:x"]) {
    assert.equal(safe(bad), null, bad);
  }
});

/** Characters without those that markup is made of. */
const letters = (text) => text.replace(/[^\p{L}]/gu, "");
const written = (nodes) => nodes.map((node) => {
  if (node.items) return node.items.map(written).join("");
  if (node.type === "pre") return node.lang + node.text;
  return node.text ?? written(node.children);
}).join("");
const hrefs = (nodes) => nodes.flatMap((node) => [...(node.href ? [node.href] : []), ...hrefs(node.children ?? []), ...(node.items ?? []).flatMap(hrefs)]);
const depth = (nodes) => Math.max(0, ...nodes.map((node) => 1 + Math.max(depth(node.children ?? []), ...(node.items ?? []).map(depth))));

test("whatever is written: nothing is thrown, no letter is lost, no address is bad, nothing is deep", () => {
  const pieces = ["*", "**", "***", "~~", "~", "`", "``", "```", "\n", "\n\n", " ", "  ", "> ", ">", "- ", "1. ", "[", "]", "(", ")", "](", "\\", "@", "@Ann", "a", "bc", "é", "😀", "https://x.org", "javascript:x", "[k](", "<i>", "\0", "\u202e", "\t"];
  let seed = 7;
  const next = (below) => (seed = (seed * 1103515245 + 12345) % 2147483648) % below;
  for (let run = 0; run < 4000; run++) {
    const text = Array.from({ length: next(40) }, () => pieces[next(pieces.length)]).join("");
    const tree = parse(text, MENTIONS);
    const links = hrefs(tree);
    for (const href of links) assert.match(href, /^(https?|mailto):/);
    // What stands between the round brackets of a link is its address, and is not shown.
    if (!/\]\(https?:/.test(text)) assert.equal(letters(written(tree)), letters(text), JSON.stringify(text));
    assert.ok(depth(tree) < 24, JSON.stringify(text));
    assert.equal(typeof plain(tree), "string");
  }
});

const HOSTILE = {
  stars: (n) => "*".repeat(n),
  "stars that open": (n) => "*a ".repeat(n / 3),
  "stars that close": (n) => "a* ".repeat(n / 3),
  "every mark": (n) => "**a *b ~~c ".repeat(n / 11),
  brackets: (n) => "[".repeat(n),
  "half links": (n) => "[a](http://(".repeat(n / 12),
  "runs of backticks": (n) => Array.from({ length: Math.sqrt(2 * n) }, (_, index) => "`".repeat(index + 1)).join(" "),
  quotes: (n) => "> ".repeat(n / 2),
  items: (n) => "- ".repeat(n / 2) + "x",
  "nested items": (n) => Array.from({ length: Math.sqrt(n) }, (_, index) => `${" ".repeat(index)}- x`).join("\n"),
  ats: (n) => "@".repeat(n),
  schemes: (n) => "http://".repeat(n / 7),
  round: (n) => `http://x${"(".repeat(n / 2)}${")".repeat(n / 2)}`,
  lines: (n) => "\n".repeat(n),
  escapes: (n) => "\\".repeat(n),
};
for (const [name, make] of Object.entries(HOSTILE)) {
  test(`long and hostile: ${name}`, () => {
    const people = Array.from({ length: 100 }, (_, index) => ({ user_id: `${index}`, name: `@${"@".repeat(index)}x` }));
    const took = (text) => {
      const start = performance.now();
      parse(text, people);
      return performance.now() - start;
    };
    took(make(10_000));
    const [one, ten] = [took(make(10_000)), took(make(100_000))];
    // Square would be a hundred times as long; what is too short to be measured says nothing.
    assert.ok(ten < Math.max(one, 15) * 40, `${one} ms, ${ten} ms`);
  });
}
