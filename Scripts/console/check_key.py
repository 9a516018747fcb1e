"""The console of a server that asks for an API key."""

import hashlib
import tempfile
import unittest
from pathlib import Path

from browser import Browser
from serving import Server

KEY = "a-key-for-this-test-only-0123456789"


class KeyTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        keys = Path(folder.name) / "keys"
        keys.write_text(f"analyst {hashlib.sha256(KEY.encode()).hexdigest()}\n", encoding="utf-8")
        keys.chmod(0o600)
        cls.server = Server("--api-key-file", str(keys))
        cls.addClassCleanup(cls.server.stop)

    def test_key_is_asked_for_and_kept_for_the_session(self) -> None:
        browser = Browser()
        self.addCleanup(browser.close)
        browser.open(self.server.origin)
        browser.until_shown("#key-button")
        self.assertFalse(browser.is_shown("#key-dialog"))
        browser.fill("#report-text", "TrickBot dumped credentials from LSASS memory.")
        browser.click("#report-run")
        browser.until_shown("#key-dialog")
        self.assertGreater(len(browser.text("#key-reason")), 10)
        browser.shoot("key")
        browser.type("#key-input", "not-the-key\n")
        browser.until(lambda: browser.is_shown("#key-forget") and browser.find("#key-input").get_attribute("value") == "", "it is asked for again")
        browser.type("#key-input", f"{KEY}\n")
        browser.until_shown("#results")
        self.assertEqual(browser.script("return Object.values(sessionStorage)"), [KEY])
        self.assertEqual(browser.script("return Object.values(localStorage)"), [])
        self.assertNotIn(KEY, browser.script("return document.documentElement.outerHTML + location.href"))

        browser.open(self.server.origin)
        browser.click("#key-button")
        browser.click("#key-forget")
        self.assertEqual(browser.script("return Object.values(sessionStorage)"), [])
        self.assertEqual(browser.problems(self.server.origin, (401,)), [])


if __name__ == "__main__":
    unittest.main()
