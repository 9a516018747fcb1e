// Sets the colours before the page is drawn, so that a dark page never flashes white; a classic script for that reason.
// What was chosen stays in localStorage; without a choice the page follows the system.
(() => {
  const choices = ["auto", "light", "dark"];
  const names = { auto: "as the system", light: "light", dark: "dark" };

  function stored() {
    try {
      const value = localStorage.getItem("securebert.theme");
      return choices.includes(value) ? value : "auto";
    } catch {
      return "auto"; // Storage can be switched off.
    }
  }

  let choice = stored();
  document.documentElement.dataset.theme = choice;

  function describe(button) {
    button.querySelector("use").setAttribute("href", `#icon-${choice}`);
    button.title = `Colours: ${names[choice]}`;
    button.setAttribute("aria-label", button.title);
  }

  document.addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme-button");
    describe(button);
    button.addEventListener("click", () => {
      choice = choices[(choices.indexOf(choice) + 1) % choices.length];
      document.documentElement.dataset.theme = choice;
      try {
        localStorage.setItem("securebert.theme", choice);
      } catch {
        // The choice then lasts as long as the page.
      }
      describe(button);
    });
  });
})();
