/// The frame of reports on training and evaluation, with what their plots and tables look like.
struct ReportPage {
    let title: String
    /// HTML below the heading.
    let body: String

    var html: String { HTMLPage(title: title, style: Self.style, body: body).text }

    private static let style = """
        :root { color-scheme: light dark; --ink: light-dark(#1a1d21, #e6e8eb); --faint: light-dark(#d9dde2, #3a4048);
          --a: light-dark(#0b62d6, #6aa9ff); --b: light-dark(#c2410c, #ff9b6a); --c: light-dark(#15803d, #5fd38a); }
        body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: Canvas; max-width: 800px;
          margin: 2rem auto; padding: 0 1rem; }
        svg { width: 100%; height: auto; margin: .5rem 0; } svg text { font-size: 12px; fill: var(--ink); }
        svg .title { font-weight: 600; font-size: 14px; } .grid { stroke: var(--faint); }
        .line { fill: none; stroke-width: 1.5; } .line.s0 { stroke: var(--a); } .line.s1 { stroke: var(--b); }
        .line.s2 { stroke: var(--c); } text.s0 { fill: var(--a); } text.s1 { fill: var(--b); } text.s2 { fill: var(--c); }
        .bar, .cell { fill: var(--a); } .bar { opacity: .75; } .whisker { stroke: var(--ink); }
        h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; } .note { opacity: .8; }
        table { border-collapse: collapse; margin: .5rem 0; } td, th { padding: .1rem 1rem .1rem 0; text-align: left; }
        td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
        """
}
