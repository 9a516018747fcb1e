"""How the console looks: screenshots of every tab on a desk and on a phone, light and dark; nothing wider than the screen, and
what axe-core has to say, contrast included."""

import unittest

from browser import Browser
from serving import Server, report

SCREENS = {"desk": {"width": 1440, "height": 900}, "phone": {"width": 360, "height": 740, "is_phone": True}}


class LooksTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.server = Server()
        cls.addClassCleanup(cls.server.stop)

    def look(self, browser: Browser, name: str) -> None:
        browser.shoot(name)
        with self.subTest(view=name):
            self.assertEqual(browser.overflow(), [], f"{name} scrolls sideways")
            self.assertEqual(browser.inaccessible(), [], name)

    def test_every_view(self) -> None:
        for screen, size in SCREENS.items():
            for is_dark in (False, True):
                self.views(Browser(**size, is_dark=is_dark), f"{screen}-{'dark' if is_dark else 'light'}")

    def views(self, browser: Browser, name: str) -> None:
        self.addCleanup(browser.close)
        browser.open(self.server.origin)
        self.look(browser, f"{name}-start")
        browser.fill("#report-text", report("08-cisa-stopransomware-hive.txt"))
        browser.fill("#report-title", "hive.txt")
        browser.click("#report-run")
        browser.until_shown("#results")
        for part in ("indicators", "entities", "techniques"):
            browser.click(f"#tab-{part}")
            self.look(browser, f"{name}-{part}")
        browser.all(".quote")[2].click()
        browser.until(lambda: not browser.all(".flash"), "the light is out")
        self.look(browser, f"{name}-evidence")
        browser.click("#tab-mask")
        browser.all("#mask-samples button")[2].click()
        browser.until_shown(".words")
        self.look(browser, f"{name}-mask")
        browser.click("#tab-search")
        browser.type("#search-query", "How do attackers delete backups?\n")
        browser.until_shown(".advice, .hits")
        self.look(browser, f"{name}-search")
        browser.click("#tab-code")
        browser.click("#code-example")
        browser.click("#code-run")
        browser.until_shown(".finding").location_once_scrolled_into_view
        self.look(browser, f"{name}-code")
        browser.click("#tab-server")
        browser.until_shown("#server-facts table")
        self.look(browser, f"{name}-server")
        self.assertEqual(browser.problems(self.server.origin, (404,)), [])

    def test_theme_is_kept(self) -> None:
        browser = Browser()
        self.addCleanup(browser.close)
        browser.open(self.server.origin)
        colour = "return getComputedStyle(document.body).backgroundColor"
        light = browser.script(colour)
        browser.click("#theme-button")
        self.assertEqual(browser.script(colour), light)
        browser.click("#theme-button")
        dark = browser.script(colour)
        self.assertNotEqual(dark, light)
        browser.open(self.server.origin)
        self.assertEqual(browser.script(colour), dark)
        browser.click("#theme-button")
        self.assertEqual(browser.script(colour), light)
        browser.prefer(is_dark=True)
        self.assertEqual(browser.script(colour), dark)


if __name__ == "__main__":
    unittest.main()
