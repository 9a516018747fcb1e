"""The search of a server with an index of the reports in Examples."""

import subprocess
import tempfile
import unittest
from pathlib import Path

from selenium.webdriver.common.keys import Keys

from browser import Browser
from serving import BINARY, Server


class SearchTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        index = str(Path(folder.name) / "index")
        subprocess.run([BINARY, "index", "build", "--quiet", "--index", index, "Examples/reports"], check=True)
        cls.server = Server("--index", index)
        cls.addClassCleanup(cls.server.stop)

    def test_passages(self) -> None:
        browser = Browser()
        self.addCleanup(browser.close)
        browser.open(self.server.origin)
        browser.click("#tab-search")
        expected = self.server.post("/v1/search", {"query": "deleted volume shadow copies", "top_k": 10, "mode": "hybrid"})["results"]
        browser.type("#search-query", "deleted volume shadow copies" + Keys.ENTER)
        browser.until_shown(".hits")
        texts = browser.script("return [...document.querySelectorAll('.hits .passage-text')].map((each) => each.textContent)")
        self.assertEqual(texts, [each["text"] for each in expected])
        self.assertIn("by meaning", browser.find(".hits > li").text)
        browser.shoot("search-index")

        browser.click("#search-single")
        browser.script("document.querySelector('#search .options').open = true")
        browser.fill("#search-since", "2999-01-01")
        browser.click("#search-run")
        self.assertIn("Nothing was found", browser.until_shown("#search-results .empty").text)
        browser.fill("#search-since", "")
        browser.click("#search-run")
        browser.until_shown(".hits")
        titles = [each.text for each in browser.all(".hits h2")]
        self.assertEqual(len(titles), len(set(titles)))
        self.assertEqual(browser.overflow(), [])
        self.assertEqual(browser.inaccessible(), [])

        browser.click("#tab-server")
        self.assertIn("passages", browser.text_shown("#server-facts .pairs"))
        self.assertEqual(browser.problems(self.server.origin), [])


if __name__ == "__main__":
    unittest.main()
