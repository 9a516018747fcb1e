/// A page with texts and their highlighted parts that needs nothing but itself: no script, no font, no network.
struct HighlightPage {
    private let title: String
    private var body: [String] = []
    /// Labels in the order of their first appearance, with how often they occur.
    private var counts: [(label: String, count: Int)] = []

    init(title: String) { self.title = title }

    /// Adds a text as one block.
    mutating func add(_ text: String, _ highlights: [Highlight]) {
        var block = "<p>"
        for piece in HighlightedText(text, highlights).pieces {
            switch piece {
            case .plain(let text): block += Self.escaped(text)
            case .highlighted(let text, let highlight):
                let label = Self.escaped(highlight.label)
                block += """
                    <mark class="c\(color(of: highlight.label))" title="\(label) \(highlight.score.fixed(3))">\
                    \(Self.escaped(text))<b>\(label)</b></mark>
                    """
            }
        }
        body.append(block + "</p>")
    }

    /// The page.
    var text: String {
        let legend = counts.enumerated().map { index, entry in
            "<mark class=\"c\(index % Self.colorCount)\">\(Self.escaped(entry.label))<b>\(entry.count)</b></mark>"
        }
        return """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(Self.escaped(title))</title>
            <style>
            \(Self.style)
            </style>
            </head>
            <body>
            <h1>\(Self.escaped(title))</h1>
            <p class="legend">\(legend.isEmpty ? "No entities were found." : legend.joined(separator: " "))</p>
            \(body.joined(separator: "\n"))
            </body>
            </html>

            """
    }

    private mutating func color(of label: String) -> Int {
        if let index = counts.firstIndex(where: { $0.label == label }) {
            counts[index].count += 1
            return index % Self.colorCount
        }
        counts.append((label, 1))
        return (counts.count - 1) % Self.colorCount
    }

    /// The text with everything that means something in HTML spelled as a reference, and control characters, which HTML does
    /// not allow, as the replacement character.
    static func escaped(_ text: some StringProtocol) -> String {
        var out = ""
        out.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            case "'": out += "&#39;"
            case "\n", "\t": out.unicodeScalars.append(scalar)
            case "\r": continue
            default:
                let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
                out.unicodeScalars.append(isControl ? "\u{FFFD}" : scalar)
            }
        }
        return out
    }

    private static let colorCount = 8

    /// Eight hues that stay apart for most kinds of colour blindness, on light and dark backgrounds; the label stands beside
    /// every highlight, so nothing is told by colour alone.
    private static let style = """
        :root { color-scheme: light dark; }
        body { font: 16px/1.6 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem; }
        h1 { font-size: 1.2rem; }
        p { white-space: pre-wrap; overflow-wrap: anywhere; margin: 0 0 .6rem; }
        mark { color: inherit; padding: .1em .25em; border-radius: .25em; background: hsl(var(--h) 80% 85%); }
        mark b { font-size: .65em; margin-left: .4em; opacity: .75; text-transform: uppercase; }
        .legend { border-bottom: 1px solid #8886; padding-bottom: .6rem; }
        .c0 { --h: 5 } .c1 { --h: 205 } .c2 { --h: 45 } .c3 { --h: 145 }
        .c4 { --h: 275 } .c5 { --h: 180 } .c6 { --h: 325 } .c7 { --h: 90 }
        @media (prefers-color-scheme: dark) { mark { background: hsl(var(--h) 55% 28%); } }
        """
}
