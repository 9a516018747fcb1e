"""The console of a server without keys and without an index."""

import base64
import json
import re
import unittest
from pathlib import Path

from selenium.webdriver.common.keys import Keys

from browser import Browser
from serving import Server, report

POLICY = ("default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "form-action 'none'", "base-uri 'none'",
          "frame-ancestors 'none'")
HIVE = "08-cisa-stopransomware-hive.txt"


class ConsoleTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.server = Server()
        cls.addClassCleanup(cls.server.stop)

    def browser(self, **options: object) -> Browser:
        browser = Browser(**options)
        self.addCleanup(browser.close)
        browser.open(self.server.origin)
        return browser

    def analyze(self, browser: Browser, text: str, name: str = "report.txt") -> None:
        if not browser.is_shown("#report-text"):
            browser.click("#report-edit")
        browser.fill("#report-text", text)
        browser.fill("#report-title", name)
        browser.click("#report-run")
        browser.until_shown("#results")

    def clean(self, browser: Browser, *expected: int) -> None:
        self.assertEqual(browser.problems(self.server.origin, expected), [])

    def test_page_is_served_with_a_policy(self) -> None:
        headers = self.server.headers("/")
        policy = headers["content-security-policy"]
        for directive in POLICY:
            self.assertIn(directive, policy)
        self.assertNotIn("unsafe", policy)
        self.assertTrue(headers["content-type"].startswith("text/html"))
        self.assertTrue(self.server.headers("/console.css")["content-type"].startswith("text/css"))
        self.assertTrue(self.server.headers("/console.js")["content-type"].startswith("text/javascript"))
        browser = self.browser()
        browser.until(lambda: browser.find("#server-state").get_attribute("data-state") == "ready", "the server is called ready")
        self.clean(browser)

    def test_report(self) -> None:
        browser, text = self.browser(), report(HIVE)
        self.analyze(browser, text, "hive.txt")
        expected = self.server.post("/v1/analyze", {"text": text, "name": "hive.txt", "offsets": "utf16"})
        self.assertEqual(browser.text("#report-marks"), text)
        self.assertEqual(browser.text("#report-name"), "hive.txt")

        marks = set(browser.script("return [...document.querySelectorAll('mark')].map((each) => `${each.mark.found.type} ${each.textContent}`)"))
        found = {f"{each['type']} {each['text']}" for each in expected["entities"] + expected["indicators"]}
        self.assertGreater(len(marks), 20)
        self.assertLessEqual(marks, found)
        techniques = browser.script("return [...document.querySelectorAll('.technique')].map((each) => each.dataset.technique)")
        self.assertEqual(sorted(techniques), sorted(each["id"] for each in expected["techniques"]))
        self.assertEqual(browser.all(".quote:disabled"), [])

        quote = browser.all(".quote")[4]
        sentence = quote.find_element("css selector", ".sentence").get_attribute("textContent")
        quote.click()
        focused = browser.script("return document.activeElement.closest('.passage').textContent")
        self.assertIn(focused.strip(), sentence)
        browser.until(lambda: browser.script("""
            const [passage, area] = [document.activeElement.getBoundingClientRect(), document.querySelector("#report-marks").getBoundingClientRect()];
            return passage.top >= area.top && passage.bottom <= area.bottom"""), "the sentence is in sight", 5)
        browser.shoot("report-evidence")
        self.clean(browser)

    def test_legend_filter_and_card(self) -> None:
        browser = self.browser()
        self.analyze(browser, report(HIVE))
        count = "return document.querySelectorAll('mark').length"
        before = browser.script(count)
        browser.click("#legend .chip")
        self.assertEqual(browser.find("#legend .chip").get_attribute("aria-pressed"), "false")
        self.assertLess(browser.script(count), before)
        browser.click("#legend .chip")
        self.assertEqual(browser.script(count), before)

        browser.click("#tab-indicators")
        browser.type("#finding-filter", "cve-2021-31207")
        shown = [each.text for each in browser.all(".mentions .mention") if each.is_displayed()]
        self.assertEqual(len(shown), 1)
        self.assertIn("CVE-2021-31207", shown[0])
        browser.click(".mentions .mention")
        self.assertEqual(browser.script("return document.activeElement.textContent"), "CVE-2021-31207")
        browser.keys(Keys.ENTER)
        self.assertIn("CVE-2021-31207", browser.until_shown("#card").text)
        browser.shoot("report-card")
        browser.keys(Keys.ESCAPE)
        self.assertFalse(browser.is_shown("#card"))
        self.assertEqual(browser.script("return document.activeElement.textContent"), "CVE-2021-31207")
        self.clean(browser)

    def test_downloads(self) -> None:
        browser, text = self.browser(), report(HIVE)
        self.analyze(browser, text, "hive.txt")
        techniques = {each["id"] for each in self.server.post("/v1/analyze", {"text": text})["techniques"]}

        def download(name: str, ending: str) -> str:
            browser.click(f"[data-format={name}]")
            return browser.downloaded(ending)

        layer = json.loads(download("navigator", "navigator.json"))
        self.assertEqual(layer["domain"], "enterprise-attack")
        self.assertLessEqual(techniques, {each["techniqueID"] for each in layer["techniques"]})
        browser.script("const list = document.querySelector('#downloads select'); list.value = 'green'")
        bundle = json.loads(download("stix", "stix.json"))
        self.assertEqual(bundle["type"], "bundle")
        self.assertIn("marking-definition", {each["type"] for each in bundle["objects"]})
        self.assertIn("attack-pattern", {each["type"] for each in bundle["objects"]})
        event = json.loads(download("misp", "misp.json"))
        self.assertGreater(len((event[0] if isinstance(event, list) else event)["Event"]["Attribute"]), 20)
        lines = [json.loads(line) for line in download("ecs", "ecs.ndjson").splitlines()]
        self.assertIn("ecs", lines[0])
        document = json.loads(download("json", "json"))
        document = document[0] if isinstance(document, list) else document
        self.assertEqual({each["id"] for each in document["techniques"]}, techniques)
        self.clean(browser)

    def test_keyboard_alone(self) -> None:
        browser = self.browser()
        browser.keys(Keys.TAB)
        self.assertEqual(browser.script("return document.activeElement.className"), "skip")
        browser.keys(Keys.ENTER)
        self.assertEqual(browser.script("return document.activeElement.id"), "content")
        browser.script("document.activeElement.blur()")
        browser.tab_to("#tab-report")
        browser.keys(Keys.ARROW_RIGHT)
        self.assertEqual(browser.script("return document.activeElement.id"), "tab-mask")
        self.assertTrue(browser.is_shown("#mask"))
        browser.keys(Keys.END)
        self.assertTrue(browser.is_shown("#server"))
        browser.keys(Keys.HOME)
        browser.tab_to("#report-text")
        browser.keys("TrickBot was delivered by spearphishing emails and dumped credentials from LSASS memory. C2: 203.0.113[.]7.")
        browser.press(Keys.CONTROL, Keys.ENTER)
        browser.until_shown("#results")
        self.assertEqual(browser.script("return document.activeElement.id"), "report-name")

        browser.tab_to("#report-marks")
        browser.keys(Keys.ARROW_RIGHT)
        first = browser.script("return document.activeElement.textContent")
        self.assertEqual(first, "TrickBot")
        browser.keys(Keys.ENTER)
        browser.until_shown("#card")
        self.assertTrue(browser.script("return document.activeElement.matches('#card .copy')"))
        browser.keys(Keys.ESCAPE)
        self.assertEqual(browser.script("return document.activeElement.textContent"), first)

        browser.tab_to(".quote")
        browser.keys(Keys.ENTER)
        self.assertTrue(browser.script("return document.activeElement.matches('.passage')"))
        browser.keys(Keys.ESCAPE)
        self.assertTrue(browser.script("return document.activeElement.matches('.quote')"))
        self.clean(browser)

    def test_hostile_report(self) -> None:
        text = ("<script>alert(1)</script> <img src=x onerror=alert(2)> javascript:alert(3) \u202egpj.exe\u202c \u200b"
                "TrickBot [x](javascript:alert(4)) https://evil.example/<svg/onload=alert(5)> \u0007 \ud83d\ude00 \u0645\u0631\u062d\u0628\u0627\n") * 3
        browser = self.browser()
        self.analyze(browser, text, "<img src=x onerror=alert(6)>\u202e.txt")
        self.assertEqual(browser.all("#results script, #results img, #results svg[onload]"), [])
        shown = browser.text("#report-marks")
        self.assertIn("<script>alert(1)</script> <img src=x onerror=alert(2)>", shown)
        self.assertIn("U+202E", shown)
        self.assertNotIn("\u202e", browser.script("return document.body.textContent"))
        self.assertIn("<img src=x onerror=alert(6)>U+202E", browser.text("#report-name"))
        for url in browser.script("return [...document.querySelectorAll('a[href]')].map((each) => each.href)"):
            self.assertRegex(url, r"^(https://|http://127\.0\.0\.1:\d+/)")
        for name in ("indicators", "entities", "techniques"):
            browser.click(f"#tab-{name}")
        browser.shoot("report-hostile")
        self.clean(browser)

    def choose(self, browser: Browser, path: Path) -> None:
        browser.script("document.querySelector('#report-file').hidden = false")
        browser.find("#report-file").send_keys(str(path))
        browser.script("document.querySelector('#report-file').hidden = true")

    def read(self, browser: Browser, name: str) -> str:
        """The text once the file of that name is read."""
        browser.until(lambda: browser.find("#report-title").get_attribute("value") == name, f"{name} is read")
        return browser.find("#report-text").get_attribute("value")

    def test_pdf(self) -> None:
        browser = self.browser()
        path = browser.downloads / "advisory.pdf"
        browser.print(report(HIVE)[:4000], path)
        self.choose(browser, path)
        text = self.read(browser, "advisory.pdf")
        self.assertEqual(text, self.server.upload("/v1/text", "advisory.pdf", path.read_bytes())["text"])
        self.assertEqual(re.findall(r"\w+", text)[:50], re.findall(r"\w+", report(HIVE))[:50])
        self.assertIn("advisory.pdf, from PDF", browser.text("#report-status"))
        browser.shoot("report-pdf")
        browser.click("#report-run")
        browser.until_shown("#results")
        self.assertEqual(browser.text("#report-marks"), text)
        marks = browser.script("return [...document.querySelectorAll('mark')].map((each) => each.textContent)")
        self.assertTrue(any("Hive" in each for each in marks), marks)

        # Dropped, of two the first, and one that is none.
        browser.click("#report-new")
        browser.script("""
            const files = new DataTransfer();
            const bytes = Uint8Array.from(atob(arguments[0]), (letter) => letter.charCodeAt(0));
            for (const name of ["dropped.pdf", "second.pdf"]) files.items.add(new File([bytes], name));
            document.querySelector("#report-text").dispatchEvent(new DragEvent("drop", { dataTransfer: files, bubbles: true, cancelable: true }));""",
            base64.b64encode(path.read_bytes()).decode())
        self.assertEqual(self.read(browser, "dropped.pdf"), text)
        self.assertIn("the first of several files", browser.text("#report-status"))
        path.write_bytes(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
        self.choose(browser, path)
        self.assertIn("The document cannot be read", browser.until_shown("#report-error").text)
        self.assertEqual(browser.find("#report-text").get_attribute("value"), text, "what was there stays")
        path.write_bytes(b"%PDF-1.7\n" + b"%" * 20_000_000)
        self.choose(browser, path)
        browser.until(lambda: "larger than" in browser.text("#report-error") or "the server closed" in browser.text("#report-error"), "it is too large")
        self.clean(browser, 422, 413)

    def test_pdf_without_the_program(self) -> None:
        server = Server(environment={"PATH": "/nonexistent"})
        self.addCleanup(server.stop)
        browser = Browser()
        self.addCleanup(browser.close)
        browser.open(server.origin)
        path = browser.downloads / "advisory.pdf"
        browser.print("TrickBot", path)
        self.choose(browser, path)
        self.assertIn("pdftotext, which is not installed", browser.until_shown("#report-error").text)
        self.assertEqual(browser.problems(server.origin, (422,)), [])

    def test_files(self) -> None:
        browser = self.browser()
        files = browser.downloads
        page = ("<!doctype html><html><head><title>no</title><style>p{color:red}</style></head><body onload=alert(1)><h1>TrickBot &amp; Ryuk</h1>"
                "<p style='color:red'>It <b>dumps</b> credentials.<script>alert(2)</script><img src=x onerror=alert(3)></body></html>")
        (files / "page.html").write_text(page, encoding="utf-8")
        (files / "page.saved").write_text(page, encoding="utf-8")
        (files / "program.bin").write_bytes(b"MZ\x00\x00\x01")

        self.choose(browser, files / "program.bin")
        browser.until(lambda: "program.bin is no text" in browser.text("#report-error"), "a binary is refused")
        for name in ("page.html", "page.saved"):
            self.choose(browser, files / name)
            self.assertEqual(self.read(browser, name).split(), "TrickBot & Ryuk It dumps credentials.".split())
            self.assertIn("without the markup", browser.text("#report-status"))

        browser.script("""
            const files = new DataTransfer();
            files.items.add(new File(["\\ufeffRyuk was dropped.\\r\\n"], "dropped.md"));
            const zone = document.querySelector("#report-text");
            for (const name of ["dragenter", "dragover", "drop"]) zone.dispatchEvent(new DragEvent(name, { dataTransfer: files, bubbles: true, cancelable: true }));""")
        self.assertEqual(self.read(browser, "dropped.md"), "Ryuk was dropped.\n")
        self.clean(browser)

    def test_mask(self) -> None:
        browser = self.browser()
        browser.click("#tab-mask")
        browser.click("#mask-run")
        self.assertIn("There is no <mask>", browser.until_shown("#mask-error").text)
        browser.type("#mask-text", "The attacker exploited a buffer <mask> to run code.")
        browser.press(Keys.CONTROL, Keys.ENTER)
        self.assertIn("overflow", browser.until_shown(".filled").text)
        self.assertEqual(len(browser.all(".words li")), 5)
        word = browser.all(".word")[1]
        word.click()
        self.assertEqual(browser.text(".filled .gap"), word.text)
        self.clean(browser)

    def test_code(self) -> None:
        browser = self.browser()
        browser.click("#tab-code")
        browser.click("#code-example")
        browser.fill("#code-text", browser.find("#code-text").get_attribute("value") + "// \u202e hidden\n")
        browser.press(Keys.CONTROL, Keys.ENTER)
        browser.until_shown(".finding")
        self.assertIn("Triage, not proof.", browser.text(".worth"))
        self.assertRegex(browser.text(".worth"), r"\d+ % \(\d+ % to \d+ %\) were vulnerable")
        self.assertGreater(len(browser.all(".code-line.marked")), 1)
        self.assertIn("U+202E", browser.text(".code-lines"))
        browser.click(".lines .quote")
        number = browser.find(".lines .number").text
        browser.until(lambda: browser.script("return document.querySelector('.code-line.flash .line-number')?.textContent") == number, "the line lights up", 5)
        self.clean(browser)

    def test_search_without_an_index(self) -> None:
        browser = self.browser()
        browser.click("#tab-search")
        browser.type("#search-query", "deleted backups" + Keys.ENTER)
        self.assertIn("securebert index build", browser.until_shown(".advice").text)
        self.clean(browser, 404)

    def test_search_results(self) -> None:
        """With the server's answer replaced, so that it needs no index."""
        hits = [
            {"score": 0.0323, "id": "a", "title": "Hive <b>ransomware</b>", "file": "reports/hive.txt", "kind": "report", "date": "2022-11-25",
             "metadata": {"tlp": "clear"}, "passage": 3, "line": 12, "endLine": 14, "text": "They delete backups <img src=x onerror=alert(1)>.",
             "bm25": {"rank": 2, "score": 7.5}, "vector": {"rank": 1, "score": 0.71}},
            {"score": 0.0161, "id": "b", "title": "Another", "file": "b.txt", "kind": "report", "date": None, "metadata": {}, "passage": 0,
             "line": 1, "endLine": 1, "text": "Shadow copies were removed."},
        ]
        browser = self.browser()
        browser.script("""
            const [answer, real] = [arguments[0], window.fetch];
            window.fetch = async (path, options) => {
              if (!String(path).includes("search")) return real(path, options);
              window.asked = JSON.parse(options.body);
              return new Response(JSON.stringify(answer));
            };""", {"results": hits})
        browser.click("#tab-search")
        browser.type("#search-query", "who deletes BACKUPS?")
        browser.script("document.querySelector('#search-mode').value = 'vector'")
        browser.keys(Keys.ENTER)
        first, second = (browser.until_shown(".hits") and browser.all(".hits > li"))
        self.assertEqual(browser.script("return asked"), {"query": "who deletes BACKUPS?", "top_k": 10, "mode": "vector"})
        self.assertIn("Hive <b>ransomware</b>", first.text)
        self.assertIn("reports/hive.txt, lines 12 to 14, 2022-11-25, number 2 by words, number 1 by meaning", first.text)
        self.assertIn("They delete backups <img src=x onerror=alert(1)>.", first.text)
        self.assertEqual([each.text for each in first.find_elements("css selector", ".passage-text b")], ["backups"])
        self.assertIn("b.txt, line 1", second.text)
        browser.shoot("search-results")
        self.clean(browser)

    def test_server(self) -> None:
        browser = self.browser()
        browser.click("#tab-server")
        self.assertIn("securebert-mini", browser.text_shown("#server-facts table"))
        self.assertIn("Version", browser.text(".cards"))
        self.clean(browser)

    def test_errors(self) -> None:
        browser = self.browser()
        browser.click("#report-run")
        self.assertIn("There is no text yet", browser.until_shown("#report-error").text)

        browser.fill("#report-text", "A report of TrickBot.")
        browser.script("""
            const real = window.fetch;
            window.fetch = async (path, options) => {
              if (!String(path).includes("analyze")) return real(path, options);
              window.fetch = real;
              return new Response(JSON.stringify({ error: "the queue is full", error_type: "Overloaded" }),
                { status: 429, headers: { "retry-after": "1", "x-request-id": "r-1" } });
            };""")
        browser.click("#report-run")
        self.assertIn("The queue is full. Request r-1", browser.until_shown("#report-error").text)
        again = browser.find("#report-error button")
        self.assertFalse(again.is_enabled())
        browser.shoot("error-busy")
        browser.until(again.is_enabled, "the wait is over", 5)
        again.click()
        browser.until_shown("#results")

        browser.click("#report-edit")
        browser.script("document.querySelector('#report-text').value = 'too long '.repeat(8_000_000)")
        browser.click("#report-run")
        self.assertGreater(len(browser.until_shown("#report-error", 120).text), 10)
        browser.shoot("error-large")
        self.assertFalse(browser.is_shown("#results"))
        self.clean(browser, 413)

    def test_server_that_is_gone(self) -> None:
        server = Server()
        self.addCleanup(server.stop)
        browser = Browser()
        self.addCleanup(browser.close)
        browser.open(server.origin)
        browser.fill("#report-text", "A report of TrickBot.")
        server.stop()
        browser.click("#report-run")
        self.assertIn("The server does not answer", browser.until_shown("#report-error").text)
        self.assertEqual(browser.find("#report-text").get_attribute("value"), "A report of TrickBot.")


if __name__ == "__main__":
    unittest.main()
