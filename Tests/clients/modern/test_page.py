"""The search page in a real browser."""

import json
import re
from pathlib import Path

import pytest

from appliance import REPOSITORY, Appliance, eventually
from browser import Tab, browser

CONSOLE = REPOSITORY / "console"
ASSETS = sorted(file.name for file in CONSOLE.iterdir() if file.suffix in (".js", ".css", ".svg"))

#: Text that would be a script if any part of the page took it for markup.
NASTY = '<img src=x onerror=alert(1)></script><script>alert(2)</script><svg onload="alert(3)">{{7*7}}'

#: Astral letters, an emoji of seven scalars, combining marks, and right-to-left text around the word that is searched.
SCALARS = "👩‍👩‍👧‍👦 𝒜𝓈𝓉𝓇𝒶𝓁 e\u0301tude — the pangolin 🦔 sleeps; נמל pango\u0301lin 🎈🎈 pangolin, twice."

LONG = "\n\n".join(f"Paragraph {number}. " + "Nothing of note is told here. " * 3 for number in range(60))


@pytest.fixture(scope="module")
def chromium():
    with browser() as running:
        yield running


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """A server with a tenant `reader`, whose documents hold what is hard to show, and one that may make few calls."""
    appliance = Appliance(tmp_path_factory.mktemp("page") / "data")
    appliance.tenant("reader")
    appliance.tenant("slow", "--tier", "free")
    appliance.start("--auth-refusals-per-minute", "0")
    try:
        token = appliance.token("reader")
        appliance.put(token, [
            {"id": "walrus", "title": "The walrus", "text": "A walrus rests on the ice and eats clams."},
            {"id": "seal", "title": "The seal", "text": "A seal swims below the ice and eats fish."},
            {"id": "long/report #1?.md", "title": "A long report", "text": LONG + "\n\nThe heron waits for a minnow.\n\n" + LONG,
             "metadata": {"number": 9007199254740993, "author": {"name": "Ada"}, "draft": True}},
            {"id": "scalars", "title": "Étude 🦔", "text": SCALARS},
            {"id": NASTY, "title": NASTY, "text": f"sentinel {NASTY} sentinel", "metadata": {NASTY: NASTY}},
            *({"id": f"tern-{number:02}", "title": f"Tern {number}", "text": f"The tern numbered {number} flies south."} for number in range(14)),
        ], "nature")
        appliance.put(token, [{"id": "invoice", "title": "Invoices", "text": "Invoices are kept for ten years."}], "office")
        appliance.put(appliance.token("slow"), [{"id": "one", "title": "One", "text": "A walrus."}], "notes")
        appliance.settle(token)
        yield appliance
    finally:
        appliance.stop()


@pytest.fixture(scope="module")
def key(library):
    return library.token("reader", scope="search")


@pytest.fixture
def tab(chromium, library):
    """Opens tabs; whatever test used them, none may have broken the policy or thrown."""
    tabs: list[Tab] = []

    def make(**options) -> Tab:
        tabs.append(Tab(chromium, library.url, **options))
        return tabs[-1]

    yield make
    for made in tabs:
        faults = made.faults
        made.close()
        assert faults == []


# What is served


def test_what_is_served_is_what_lies_in_console(library):
    assert library.call("GET", "/").body == (CONSOLE / "index.html").read_bytes()
    for name in ASSETS:
        answer = library.call("GET", f"/console/{name}")
        assert (answer.status, answer.body) == (200, (CONSOLE / name).read_bytes()), name


def test_nothing_else_of_console_is_served(library):
    for name in ("ConsoleFile.swift", "index.html", "", "..", "%2e%2e", "main.js%00", "MAIN.JS", "sub/main.js"):
        assert library.call("GET", f"/console/{name}").status == 404, name


@pytest.mark.parametrize("path", ["/", *(f"/console/{name}" for name in ASSETS)])
def test_headers(library, path):
    answer = library.call("GET", path)
    kind = {"/": "text/html", "js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}[path.rpartition(".")[2]]
    assert answer.headers["Content-Type"].startswith(kind)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer.headers["Cache-Control"] == "no-cache"
    policy = dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == policy["base-uri"] == policy["form-action"] == policy["frame-ancestors"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert not re.search("unsafe|http:|https:|data:|\\*", answer.headers["Content-Security-Policy"])


@pytest.mark.parametrize("path", ["/", "/console/main.js"])
def test_a_browser_that_has_it_gets_304(library, path):
    first = library.call("GET", path)
    tag = first.headers["ETag"]
    for sent in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = library.call("GET", path, headers={"If-None-Match": sent})
        assert (again.status, again.body, again.headers["ETag"]) == (304, b"", tag), sent
    assert library.call("GET", path, headers={"If-None-Match": '"other"'}).status == 200
    head = library.call("HEAD", path)
    assert (head.status, head.body, head.headers["Content-Length"]) == (200, b"", str(len(first.body)))


def test_no_file_holds_markup_from_text_or_anything_from_elsewhere():
    for file in CONSOLE.iterdir():
        text = file.read_text()
        assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|new Function|DOMParser", text), file.name
        assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", text), file.name
        assert not re.search(r"\son\w+=|<style|style=|javascript:", text), file.name


def test_the_page_weighs_at_most_60_kb(tab, key):
    shown = tab()
    seen = {}
    shown.page.on("response", lambda answer: seen.setdefault(answer.url.split("#")[0], len(answer.body())) if "/v1/" not in answer.url else None)
    shown.open(key)
    assert {Path(url).name for url in seen if "/console/" in url} == set(ASSETS), "all files are used, none is missing"
    assert sum(seen.values()) <= 60_000


# The key


def test_the_key_leaves_the_address_and_never_reaches_the_server(library, tab, key):
    shown = tab()
    requests = []
    shown.page.on("request", lambda request: requests.append(request.url))
    shown.open(key, "q=walrus")
    shown.page.wait_for_selector("#hits a")
    assert shown.page.url == f"{library.url}/#q=walrus"
    assert shown.page.evaluate("history.length") <= 2
    assert requests and not any(key in url for url in requests)
    assert key not in library.log.read_text()
    assert shown.page.evaluate("document.cookie + Object.keys(localStorage)") == ""
    shown.page.reload()
    shown.page.wait_for_selector("#hits a")
    assert shown.page.url == f"{library.url}/#q=walrus"


def test_sign_in_and_out(library, tab, key):
    shown = tab().open()
    assert shown.focused() == "key"
    shown.page.fill("#key", f"  Bearer {key} ")
    shown.page.keyboard.press("Enter")
    shown.page.wait_for_selector("#welcome h1")
    assert shown.page.inner_text("#tenant") == "reader"
    assert "nature" in shown.page.inner_text("#welcome") and "office" in shown.page.inner_text("#welcome")
    shown.search("walrus")
    shown.page.click("#sign-out")
    assert shown.page.is_visible("#signin") and not shown.page.is_visible("#query")
    assert shown.page.evaluate("sessionStorage.length") == 0 and "walrus" not in shown.page.url
    assert "walrus" not in shown.page.evaluate("document.body.textContent").lower()
    shown.page.reload()
    assert shown.page.is_visible("#signin")


def test_a_wrong_key_is_named_with_what_to_do(tab):
    shown = tab()
    shown.open(rest="key=nonsense&q=walrus")
    shown.page.wait_for_selector("#signin-problem strong")
    text = shown.page.inner_text("#signin")
    assert "This key is not accepted" in text and "carrel apikey create" in text
    assert "key=" not in shown.page.url
    shown.page.fill("#key", "two words")
    shown.page.click("#enter")
    assert "That is no key" in shown.page.inner_text("#signin-problem")
    shown.page.fill("#key", "schlüssel")
    shown.page.click("#enter")
    assert "That is no key" in shown.page.inner_text("#signin-problem")


def test_a_new_key_in_an_open_tab_takes_over(library, tab, key):
    shown = tab().open(library.token("slow"))
    assert shown.page.inner_text("#tenant") == "slow"
    shown.page.goto(f"{library.url}/#key={key}")
    shown.page.wait_for_function("() => document.querySelector('#tenant').textContent === 'reader'")
    assert "key=" not in shown.page.url


def test_a_key_that_ends_asks_for_another_and_keeps_the_question(library, tab, key):
    shown = tab().open(key)
    shown.search("walrus")
    shown.page.evaluate("sessionStorage.setItem('carrel.key', 'ended')")
    shown.page.fill("#query", "walrus ice")
    shown.page.wait_for_selector("#signin-problem strong")
    shown.page.fill("#key", key)
    shown.page.keyboard.press("Enter")
    shown.page.wait_for_selector("#hits a")
    assert shown.page.input_value("#query") == "walrus ice"


# Searching


def test_typing_shows_hits(library, tab, key):
    shown = tab().open(key)
    assert shown.focused() == "query"
    shown.type("what does a walrus eat")
    expected = library.search(key, "what does a walrus eat", limit=10)
    # What was typed so far is searched for too, and finds as many, in another order.
    shown.expect_titles([hit["title"] for hit in expected["hits"]])
    ranks = shown.page.locator("#hits > li:first-child .rank").all_inner_texts()
    assert ranks[0] == f"#{expected['hits'][0]['bm25_rank']}"
    assert f"{expected['hits'][0]['bm25_score']:.2f}" in shown.page.inner_text("#hits > li:first-child .legs")
    eventually(lambda: "found" in shown.page.inner_text("#spoken"))
    eventually(lambda: shown.page.url.endswith("#q=what+does+a+walrus+eat"))


def test_an_older_answer_never_replaces_a_newer_one(library, tab, key):
    shown = tab()
    slow = []

    def delay(route):
        if "walrus" in route.request.post_data and not slow:
            slow.append(route)  # Answered after its successor.
        else:
            route.continue_()

    shown.page.route("**/v1/search", delay)
    shown.open(key)
    shown.page.fill("#query", "walrus")
    eventually(lambda: shown.page.evaluate("1") and slow)
    assert shown.search("invoices kept")[0] == "Invoices"
    try:
        slow[0].continue_()
    except Exception:
        pass  # The page gave the request up, as it should.
    shown.page.wait_for_timeout(300)
    assert shown.titles()[0] == "Invoices"


def test_mode_weights_and_collection_are_sent(library, tab, key):
    shown = tab().open(key)
    sent = []
    shown.page.on("request", lambda request: sent.append(json.loads(request.post_data)) if request.url.endswith("/v1/search") else None)
    shown.search("ice")
    assert sent[-1] == {"query": "ice", "mode": "hybrid", "limit": 10, "bm25_weight": 0.5, "vector_weight": 0.5}
    shown.page.locator("#words").fill("80")
    eventually(lambda: shown.page.evaluate("1") and sent[-1]["bm25_weight"] == 0.8)
    assert shown.page.inner_text("#words-share") == "62 %" and shown.page.inner_text("#meaning-share") == "38 %"
    shown.page.locator("#meaning").fill("0")
    shown.page.locator("#words").fill("0")
    assert shown.page.inner_text("#meaning-share") == "100 %", "nothing for one leg is all for the other"
    shown.page.check("input[value=bm25]", force=True)
    eventually(lambda: shown.page.evaluate("1") and sent[-1] == {"query": "ice", "mode": "bm25", "limit": 10})
    assert shown.page.is_disabled("#words")
    shown.page.wait_for_function("() => document.querySelectorAll('#hits .meaning').length === 0")
    shown.page.select_option("#collection", "office")
    eventually(lambda: shown.page.evaluate("1") and sent[-1].get("collection") == "office")
    shown.page.wait_for_function("() => document.querySelector('#summary').textContent.includes('Nothing found')")


def test_more_results_go_on_where_the_page_ended(library, tab, key):
    shown = tab().open(key, "q=tern&mode=bm25")
    shown.page.wait_for_selector("#more")
    assert len(shown.titles()) == 10
    shown.page.click("#more")
    shown.expect_titles([hit["title"] for hit in library.search(key, "tern", mode="bm25", limit=50)["hits"]])
    assert len(shown.titles()) == 14 and shown.focused() == shown.titles()[10] and not shown.page.is_visible("#more")


def test_degraded_answers_and_warnings_are_shown(tab, key):
    shown = tab()

    def degrade(route):
        answer = route.fetch()
        route.fulfill(response=answer, json=answer.json() | {"degraded": True, "warnings": ["the embedder <b>failed</b>"]})

    shown.page.route("**/v1/search", degrade)
    shown.open(key)
    shown.search("walrus")
    notices = shown.page.locator(".notice").all_inner_texts()
    assert "by words alone" in notices[0] and notices[1] == "the embedder <b>failed</b>"


# Text stays text


def test_markup_in_a_document_stays_text(library, tab, key):
    shown = tab().open(key)
    assert NASTY in shown.search("sentinel")
    shown.page.locator("#hits a", has_text="onerror").first.click()
    shown.page.wait_for_selector("#text p")
    assert shown.page.inner_text("#title") == NASTY
    assert NASTY in shown.page.text_content("#text") and NASTY in shown.page.text_content("#facts")
    shown.page.click("#details summary")
    assert shown.page.locator("#metadata dt").all_inner_texts() == [NASTY] and NASTY in shown.page.text_content("#metadata dd")
    assert shown.page.evaluate("document.querySelectorAll('body img, body script, body svg, [onerror], [onload]').length") == 0


def test_the_browser_itself_refuses_markup_from_text(tab, key):
    shown = tab().open(key)
    for attack in ("document.body.innerHTML = '<b>x</b>'", "document.write('x')", "document.body.insertAdjacentHTML('beforeend', '<b>x</b>')",
                   "document.body.appendChild(document.createElement('script')).text = '1'"):
        assert shown.page.evaluate(f"() => {{ try {{ {attack}; return 'done' }} catch (error) {{ return error.name }} }}") == "TypeError", attack
    shown.page.evaluate("document.body.setAttribute('style', 'color: red')")
    eventually(lambda: shown.page.evaluate("1") and any("style" in fault for fault in shown.faults))
    shown.faults.clear()


@pytest.mark.parametrize("query", ["pangolin", "étude", "sleeps twice"])
def test_highlights_are_those_of_the_api(library, tab, key, query):
    hit = next(hit for hit in library.search(key, query)["hits"] if hit["doc_id"] == "scalars")
    expected = [SCALARS[part["start"]:part["end"]] for part in hit["highlights"]]
    assert expected, "the oracle marks something"
    shown = tab().open(key)
    shown.search(query)
    item = shown.page.locator("#hits > li", has=shown.page.locator("h2", has_text="Étude"))
    assert item.locator("mark").evaluate_all("nodes => nodes.map(node => node.textContent)") == expected
    assert item.locator(".snippet").text_content() == hit["snippet"]
    item.locator("a").click()
    shown.page.wait_for_selector("#passage")
    assert shown.page.locator("#text mark").evaluate_all("nodes => nodes.map(node => node.textContent)") == expected
    assert shown.page.text_content("#passage") == SCALARS[hit["passage"]["start"]:hit["passage"]["end"]]


def test_positions_of_scalars_agree_with_python(tab):
    """Every range of a text with astral letters, against Python's own slices."""
    text = "a🦔é𝒜\u0301z\n🎈"
    ranges = [{"start": start, "end": end} for start in range(len(text) + 2) for end in range(start, len(text) + 3)]
    found = tab().open().page.evaluate(
        """async ([text, ranges]) => {
            const { unitRanges } = await import("/console/text.js");
            return ranges.map(range => unitRanges(text, [range]).map(({ start, end }) => text.slice(start, end)).join(""));
        }""", [text, ranges])
    assert found == [text[part["start"]:part["end"]] for part in ranges]


# A document


def test_a_document_opens_at_its_passage(library, tab, key):
    shown = tab().open(key)
    assert shown.search("heron minnow")[0] == "A long report"
    shown.page.click("#hits a >> nth=0")
    shown.page.wait_for_selector("#passage")
    box = shown.page.locator("#text mark").first.bounding_box()
    assert 0 < box["y"] < 800, "the marked words are in sight"
    assert shown.page.evaluate("scrollY") > 1000
    text = shown.page.locator("#text p").all_inner_texts()
    assert len(text) == 121 and "The heron waits for a minnow." in text[60]
    shown.page.click("#details summary")
    values = shown.page.locator("#metadata dd").all_inner_texts()
    assert values == ["9007199254740993", '{"name":"Ada"}', "true"]
    shown.page.reload()
    shown.page.wait_for_selector("#passage")
    assert shown.page.inner_text("#title") == "A long report"


def test_headings_and_pages_are_shown(library, tab, key):
    writer = library.token("reader")
    text = "# Osprey\nIntro of the osprey.\f## Nest\n\nThe osprey nests on a pole.\n# Food\nFish.\f"
    library.put(writer, [{"id": "osprey", "title": "Osprey", "text": text}], "nature")
    shown = tab().open(key, "doc=osprey&from=nature&at=40-60")
    shown.page.wait_for_selector("#text p")
    assert shown.page.locator("#text [role=heading]").all_text_contents() == ["## Nest", "# Food"], "the title is not told twice"
    assert shown.page.locator("#text .page-end").all_inner_texts() == ["page 2", "page 3"]


def test_a_document_of_megabytes_shows_what_is_around_the_passage(library, tab, key):
    lines = [f"Line {number} 🦔 of a very long file." for number in range(60_000)]
    text = "\n\n".join(lines)
    # One passage: vectors for thousands would be made beside the other tests.
    answer = library.call("PUT", "/v1/documents/huge?collection=files&passages=whole", {"title": "Huge", "text": text}, library.token("reader"))
    assert answer.status == 201, answer.text
    start = text.index("Line 40000")
    shown = tab().open(key, f"doc=huge&from=files&at={start}-{start + 10}")
    shown.page.wait_for_selector("#passage")
    assert shown.page.text_content("#passage") == "Line 40000"
    assert shown.page.locator("#text p").count() < 10_000
    shown.page.locator("#text button").last.click()
    assert shown.page.locator("#text p").last.text_content() == lines[-1]
    shown.page.locator("#text button").first.click()
    assert shown.page.locator("#text p").first.text_content() == lines[0]


def test_a_document_that_is_gone_says_so(tab, key):
    shown = tab().open(key, "doc=nobody&from=nature&at=0-1")
    shown.page.wait_for_selector("#problem:visible")
    assert "This document is gone" in shown.page.inner_text("#problem")
    shown.page.keyboard.press("Escape")
    assert shown.page.is_visible("#welcome") and not shown.page.is_visible("#problem")


# Keys and reading aids


def test_from_the_box_to_a_document_and_back_by_keys_alone(library, tab, key):
    titles = [hit["title"] for hit in library.search(key, "ice", limit=10)["hits"]]
    shown = tab().open(key)
    press = shown.page.keyboard.press
    shown.page.locator("#sign-out").focus()
    press("/")
    assert shown.focused() == "query"
    shown.page.keyboard.type("ice")
    shown.expect_titles(titles)
    press("ArrowDown")
    assert shown.focused() == titles[0]
    press("ArrowDown")
    assert shown.focused() == titles[1]
    press("End")
    assert shown.focused() == titles[-1]
    press("Home")
    press("ArrowUp")
    assert shown.focused() == "query"
    press("Enter")
    press("ArrowDown")
    assert shown.focused() == titles[1]
    press("Enter")
    shown.page.wait_for_selector("#passage")
    assert shown.focused() == "title" and shown.page.inner_text("#title") == titles[1]
    press("p")
    assert shown.focused() == "passage"
    press("Escape")
    shown.page.wait_for_selector("#hits a:focus")
    assert shown.focused() == titles[1] and shown.page.input_value("#query") == "ice"
    # One stop of the Tab key for the whole list.
    press("Shift+Tab")
    press("Tab")
    assert shown.focused() == titles[1]
    press("Escape")
    assert shown.focused() == "query"
    press("Escape")
    assert shown.page.input_value("#query") == "" and shown.page.is_visible("#welcome")


def test_back_and_forward_of_the_browser(tab, key):
    shown = tab().open(key)
    titles = shown.search("ice")
    shown.page.click("#hits a >> nth=0")
    shown.page.wait_for_selector("#passage")
    shown.page.go_back()
    shown.page.wait_for_selector("#hits a:visible")
    assert shown.titles() == titles
    shown.page.go_forward()
    shown.page.wait_for_selector("#passage")
    assert shown.page.inner_text("#title") == titles[0]


def test_focus_is_visible(tab, key):
    shown = tab().open(key)
    shown.search("ice")
    for selector in ("#query", "#sign-out", "#collection", "#words"):
        shown.page.keyboard.press("Tab")
        shown.page.locator(selector).focus()
        assert shown.page.locator(selector).evaluate("node => getComputedStyle(node).outlineStyle") != "none", selector
    shown.page.locator("#query").focus()
    shown.page.keyboard.press("ArrowDown")
    assert shown.page.evaluate("getComputedStyle(document.activeElement, '::after').outlineStyle") == "solid"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("view", ["sign-in", "empty", "results", "document", "problem"])
def test_no_serious_violation_of_accessibility(tab, key, library, scheme, view):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    shown = tab(color_scheme=scheme, bypass_csp=True, reduced_motion="reduce")
    shown.open(None if view == "sign-in" else key)
    if view in ("results", "document"):
        shown.search("walrus ice")
    if view == "document":
        shown.page.keyboard.press("ArrowDown")
        shown.page.keyboard.press("Enter")
        shown.page.wait_for_selector("#passage")
    if view == "problem":
        shown.page.route("**/v1/search", lambda route: route.fulfill(status=500, json={"code": "internal_error", "detail": "it broke", "request_id": "r-1"}))
        shown.page.fill("#query", "walrus")
        shown.page.wait_for_selector("#problem:visible")
    found = axe.Axe().run(shown.page).response["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found if one["impact"] in ("serious", "critical")] == []


# Shapes and colours


@pytest.mark.parametrize("width", [320, 390, 768])
def test_a_phone_never_scrolls_sideways(tab, key, width):
    shown = tab(viewport={"width": width, "height": 700}, is_mobile=True, has_touch=True).open(key)
    fits = lambda: shown.page.evaluate("document.documentElement.scrollWidth <= innerWidth")  # noqa: E731
    assert fits(), "empty"
    if width < 700:
        shown.page.click("#show-options")
        assert fits() and shown.page.is_visible("#words"), "options"
    shown.search("sentinel ice")
    assert fits(), "results"
    shown.page.locator("#hits a", has_text="onerror").first.click()
    shown.page.wait_for_selector("#passage")
    assert fits(), "document"


def test_it_follows_the_colours_of_the_system(tab):
    def brightness(scheme):
        colour = tab(color_scheme=scheme).open().page.evaluate("getComputedStyle(document.body).backgroundColor")
        return sum(map(int, re.findall(r"\d+", colour)[:3]))

    assert brightness("light") > 700 and brightness("dark") < 100


# When things go wrong


def test_a_tenant_with_few_searches_a_minute(library, tab):
    """The page says when it goes on, goes on by itself then, and from now on asks on Enter alone."""
    shown = tab()
    answers = []

    def limit(route):
        answers.append(route.request.post_data)
        if len(answers) == 1:
            route.fulfill(status=429, headers={"Retry-After": "1"}, json={"code": "rate_limit_exceeded", "detail": "try again in 1 s"})
        else:
            route.continue_()

    shown.page.route("**/v1/search", limit)
    shown.open(library.token("slow"))
    shown.page.fill("#query", "walrus")
    shown.page.wait_for_selector("#problem:visible")
    assert "Too many searches for now" in shown.page.inner_text("#problem") and "Enter" in shown.page.inner_text("#problem")
    shown.page.wait_for_selector("#hits a")
    assert not shown.page.is_visible("#problem")
    shown.type("es")
    shown.page.wait_for_timeout(300)
    assert len(answers) == 2 and "Press Enter" in shown.page.inner_text("#summary")
    shown.page.keyboard.press("Enter")
    eventually(lambda: shown.page.evaluate("1") and len(answers) == 3)


def test_a_real_refusal_by_rate(library, tab):
    token = library.token("slow")
    while library.call("GET", "/v1/collections", token=token).status != 429:
        pass
    shown = tab()
    shown.page.goto(f"{library.url}/#key={token}")
    shown.page.wait_for_selector("#problem:visible")
    text = shown.page.inner_text("#problem")
    assert "Too many searches" in text and re.search(r"Try again\s+\(\d+ s\)", text)


@pytest.mark.parametrize(("status", "code", "words"), [
    (403, "insufficient_scope", "may not search"), (403, "tenant_suspended", "suspended"), (404, "unknown_collection", "collection is gone"),
    (500, "internal_error", "r-77"), (503, "busy", "busy"), (504, "timeout", "broke"), (507, "storage_full", "broke"),
])
def test_refusals_are_told_in_words(tab, key, status, code, words):
    shown = tab()
    shown.page.route("**/v1/search", lambda route: route.fulfill(status=status, json={"code": code, "detail": "what happened", "request_id": "r-77"}))
    shown.open(key)
    shown.page.fill("#query", "walrus")
    shown.page.wait_for_selector("#problem:visible")
    assert words in shown.page.inner_text("#problem")


def test_a_key_that_may_not_search(library, tab):
    shown = tab().open(rest=f"key={library.token('reader', scope='audit')}")
    shown.page.wait_for_selector("#problem:visible")
    assert "This key may not search" in shown.page.inner_text("#problem")
    shown.page.click("text=Use another key")
    assert shown.focused() == "key"


def test_a_proxy_that_answers_in_its_place(tab, key):
    shown = tab()
    shown.page.route("**/v1/search", lambda route: route.fulfill(status=200, content_type="text/html", body="<h1>Please log in</h1>"))
    shown.open(key)
    shown.page.fill("#query", "walrus")
    shown.page.wait_for_selector("#problem:visible")
    assert "no answer of Carrel" in shown.page.inner_text("#problem")


def test_a_server_that_goes_and_comes_back(chromium, fresh):
    appliance = fresh()
    appliance.tenant("reader")
    appliance.start()
    token = appliance.token("reader")
    appliance.put(token, [{"id": "a", "title": "Walrus", "text": "A walrus on the ice."}])
    appliance.settle(token)
    shown = Tab(chromium, appliance.url).open(token)
    assert shown.search("ice") == ["Walrus"]
    appliance.kill()
    shown.page.fill("#query", "walrus")
    shown.page.wait_for_selector("#problem:visible")
    assert "does not answer" in shown.page.inner_text("#problem")
    appliance.start(port=appliance.port)
    shown.page.wait_for_selector("#problem", state="hidden", timeout=20_000)
    assert shown.titles() == ["Walrus"] and shown.faults == []
    shown.close()


def test_a_tenant_without_documents_says_how_to_add_some(chromium, fresh):
    appliance = fresh()
    appliance.tenant("reader")
    appliance.start()
    shown = Tab(chromium, appliance.url).open(appliance.token("reader"))
    shown.page.wait_for_selector("#welcome h1")
    assert "carrel import" in shown.page.inner_text("#welcome") and shown.faults == []
    shown.close()
