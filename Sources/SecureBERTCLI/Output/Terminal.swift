#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What a standard stream can show: colours only on a terminal, and not when `NO_COLOR` is set.
struct Terminal: Sendable {
    let isTerminal: Bool
    let usesColor: Bool
    /// Whether a line can be drawn over.
    let canRedraw: Bool
    /// Width of a line in columns.
    let columns: Int
    private let descriptor: Int32

    static let standardOutput = Terminal(STDOUT_FILENO)
    static let standardError = Terminal(STDERR_FILENO)
    static var inputIsTerminal: Bool { isatty(STDIN_FILENO) == 1 }

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
        isTerminal = isatty(descriptor) == 1
        let term = SystemCalls.environment("TERM")
        usesColor = isTerminal && term != nil && term != "dumb" && SystemCalls.environment("NO_COLOR") == nil
        canRedraw = isTerminal && term != "dumb"
        columns = isTerminal ? Self.columns(descriptor) : 80
    }

    /// The width now; a window may be resized while a long job runs.
    var currentColumns: Int { isTerminal ? Self.columns(descriptor) : columns }

    private static func columns(_ descriptor: Int32) -> Int {
        var window = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &window) == 0, window.ws_col > 0 else { return 80 }
        return Int(window.ws_col)
    }

    private init(_ terminal: Terminal, usesColor: Bool) {
        isTerminal = terminal.isTerminal
        canRedraw = terminal.canRedraw
        columns = terminal.columns
        descriptor = terminal.descriptor
        self.usesColor = usesColor
    }

    /// The same terminal without colours when `--no-color` was given.
    func colors(_ allowed: Bool) -> Terminal {
        Terminal(self, usesColor: usesColor && allowed)
    }

    /// A way to set text off, as SGR parameters.
    enum Style: String {
        case bold = "1"
        case dim = "2"
        case red = "31"
        case green = "32"
        case yellow = "33"
        case blue = "34"
        case magenta = "35"
        case cyan = "36"
    }

    /// The text with the style when this terminal shows colours, otherwise the text alone.
    func styled(_ text: String, _ styles: Style...) -> String {
        guard usesColor, !styles.isEmpty else { return text }
        return "\u{1B}[\(styles.map(\.rawValue).joined(separator: ";"))m\(text)\u{1B}[0m"
    }

    /// Prints an error as one line, and a hint below it.
    static func printError(_ message: String, hint: String? = nil) {
        var text = standardError.styled("securebert:", .bold, .red) + " \(message)\n"
        if let hint { text += standardError.styled("try:", .dim) + " \(hint)\n" }
        writeError(text)
    }

    /// Prints a remark that is neither a result nor an error.
    static func printNote(_ message: String) { writeError("securebert: \(message)\n") }

    /// Replaces the line that the cursor is on.
    static func drawErrorLine(_ text: String) { writeError("\r\(text)\u{1B}[K") }

    /// Empties the line that a progress bar may have been drawing.
    static func clearErrorLine() { writeError("\r\u{1B}[K") }

    private static func writeError(_ text: String) {
        // When even this fails there is nobody left to tell.
        _ = Array(text.utf8).withUnsafeBytes { SystemCalls.writeAll(STDERR_FILENO, $0) }
    }
}
