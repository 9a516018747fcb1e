"""A browser without a window, and what tests ask of the page in it."""

import base64
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver import ActionChains
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

SCREENSHOTS = Path(os.environ.get("SECUREBERT_SCREENSHOTS", ".cache/console-screenshots"))
AXE = Path(os.environ["PYTHONPATH"].split(os.pathsep)[0]) / "axe_playwright_python" / "axe.min.js"

# Before anything of the page runs: what must never happen is written down.
WATCH = """
window.watched = { violations: [], alerts: [], errors: [] };
document.addEventListener("securitypolicyviolation", (event) => watched.violations.push(`${event.violatedDirective} ${event.blockedURI}`));
window.addEventListener("error", (event) => watched.errors.push(String(event.message)));
window.addEventListener("unhandledrejection", (event) => watched.errors.push(String(event.reason)));
window.alert = (text) => watched.alerts.push(String(text));
"""


class Browser:
    def __init__(self, width: int = 1440, height: int = 900, *, is_dark: bool = False, is_phone: bool = False) -> None:
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium")
        for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--no-first-run"):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
        self.driver.set_script_timeout(120)
        self.downloads = Path(tempfile.mkdtemp(prefix="console-downloads-"))
        self._tell("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(self.downloads))
        self._tell("Page.addScriptToEvaluateOnNewDocument", source=WATCH)
        self._tell("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=2 if is_phone else 1, mobile=is_phone)
        self._tell("Emulation.setTouchEmulationEnabled", enabled=is_phone)
        self.prefer(is_dark)

    def _tell(self, command: str, **arguments: object) -> None:
        self.driver.execute_cdp_cmd(command, arguments)

    def prefer(self, is_dark: bool) -> None:
        """What the system asks pages for."""
        self._tell("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if is_dark else "light"}])

    def close(self) -> None:
        self.driver.quit()
        shutil.rmtree(self.downloads, ignore_errors=True)

    # What is on the page

    def open(self, origin: str) -> None:
        self.driver.get(f"{origin}/")
        self.until(lambda: self.script("return document.body.dataset.tab"), "the page starts")

    def script(self, source: str, *arguments: object) -> object:
        return self.driver.execute_script(source, *arguments)

    def find(self, selector: str) -> WebElement:
        return self.driver.find_element("css selector", selector)

    def all(self, selector: str) -> list[WebElement]:
        return self.driver.find_elements("css selector", selector)

    def text(self, selector: str) -> str:
        return self.script("return document.querySelector(arguments[0]).textContent", selector)

    def shown(self, selector: str) -> list[WebElement]:
        """What is shown now. Views that follow the server are drawn anew at any moment, and what they replace cannot answer:
        then it is asked again."""
        while True:
            try:
                return [each for each in self.all(selector) if each.is_displayed()]
            except StaleElementReferenceException:
                continue

    def is_shown(self, selector: str) -> bool:
        return bool(self.shown(selector))

    def until(self, condition: Callable[[], object], what: str, seconds: float = 60) -> object:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            result = condition()
            if result:
                return result
            time.sleep(0.05)
        self.shoot("failure")
        raise AssertionError(f"after {seconds:.0f} s still not: {what}")

    def until_shown(self, selector: str, seconds: float = 60) -> WebElement:
        return self.until(lambda: self.shown(selector), f"{selector} is shown", seconds)[0]

    def text_shown(self, selector: str) -> str:
        """The text of an element of a view that is drawn anew at any moment, once it is shown."""
        self.until_shown(selector)
        return self.text(selector)

    # What people do

    def click(self, selector: str) -> None:
        self.until_shown(selector).click()

    def type(self, selector: str, text: str) -> None:
        self.until_shown(selector).send_keys(text)

    def fill(self, selector: str, text: str) -> None:
        """Puts a long text into a field as pasting does."""
        self.script("const field = document.querySelector(arguments[0]); field.value = arguments[1];"
                    "field.dispatchEvent(new Event('input', { bubbles: true }))", selector, text)

    def keys(self, *keys: str) -> None:
        ActionChains(self.driver).send_keys(*keys).perform()

    def press(self, modifier: str, key: str) -> None:
        ActionChains(self.driver).key_down(modifier).send_keys(key).key_up(modifier).perform()

    def tab_to(self, selector: str, limit: int = 60) -> None:
        """Presses the tab key until an element has the focus."""
        for _ in range(limit):
            if self.script("return document.activeElement.matches(arguments[0])", selector):
                return
            self.keys(Keys.TAB)
        raise AssertionError(f"{selector} was not reached with {limit} presses of the tab key")

    def downloaded(self, ending: str) -> str:
        """The content of the file with an ending that a click has made."""
        def complete() -> list[Path]:
            return [path for path in self.downloads.glob(f"*.{ending}") if path.stat().st_size > 0]
        path = self.until(complete, f"a file *.{ending} is downloaded")[0]
        content = path.read_text(encoding="utf-8")
        path.unlink()
        return content

    def print(self, text: str, path: Path) -> None:
        """Makes a PDF of a text, as a reader prints a page."""
        page = self.driver.current_window_handle
        self.driver.switch_to.new_window("tab")
        self.script("document.body.append(Object.assign(document.createElement('pre'), { textContent: arguments[0], style: 'white-space: pre-wrap' }))", text)
        path.write_bytes(base64.b64decode(self.driver.execute_cdp_cmd("Page.printToPDF", {})["data"]))
        self.driver.close()
        self.driver.switch_to.window(page)

    # What must hold

    def shoot(self, name: str) -> None:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.driver.save_screenshot(str(SCREENSHOTS / f"{name}.png"))

    def problems(self, origin: str, expected: tuple[int, ...] = ()) -> list[str]:
        """What the browser complains of, and requests that left the server; answers of an `expected` status are fine."""
        found = [f"{kind}: {each}" for kind, all in self.script("return watched").items() for each in all]
        statuses = tuple(f"status of {status} " for status in expected)
        for entry in self.driver.get_log("browser"):
            if entry["level"] in ("SEVERE", "WARNING") and not any(status in entry["message"] for status in statuses):
                found.append(entry["message"])
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                url = message["params"]["request"]["url"]
                if not url.startswith((f"{origin}/", f"blob:{origin}/", "data:")):
                    found.append(f"request to {url}")
        return found

    def overflow(self) -> list[str]:
        """What is wider than the page; nothing when it does not scroll sideways."""
        return self.script("""
            if (document.documentElement.scrollWidth <= innerWidth) return [];
            return [...document.querySelectorAll("body *")].filter((each) => each.getBoundingClientRect().right > innerWidth + 1)
              .slice(0, 5).map((each) => each.outerHTML.slice(0, 150));""")

    def inaccessible(self) -> list[str]:
        """What axe-core finds against WCAG 2.2 AA, contrast included, in what is shown."""
        if not self.script("return 'axe' in window"):
            self.script(AXE.read_text(encoding="utf-8"))
        violations = self.driver.execute_async_script("""
            const done = arguments[0];
            axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] })
              .then(({ violations }) => done(violations), (error) => done([{ id: String(error), nodes: [] }]));""")
        return [f"{each['id']}: {node['html'][:150]} {node.get('failureSummary', '')}" for each in violations for node in each["nodes"][:3]]
