/// A page that needs nothing but itself: no script, no font, no network.
package struct HTMLPage {
    private let title: String
    private let style: String
    private let body: String

    /// - Parameters:
    ///   - title: Plain text.
    ///   - style: Rules of its style sheet, which should be good for light and dark.
    ///   - body: HTML.
    package init(title: String, style: String, body: String) {
        (self.title, self.style, self.body) = (title, style, body)
    }

    /// The document.
    package var text: String {
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(title.escapedForHTML)</title>
        <style>
        \(style)
        </style>
        </head>
        <body>
        \(body)
        </body>
        </html>

        """
    }
}

extension StringProtocol {
    /// The text with everything that means something in HTML spelled as a reference, and control characters, which HTML does
    /// not allow, as the replacement character.
    package var escapedForHTML: String {
        var out = ""
        out.reserveCapacity(utf8.count)
        for scalar in unicodeScalars {
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
}
