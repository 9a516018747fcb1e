/// Comments that silence findings: `securebert:ignore`, with a reason behind it or not, on a function's first line or alone on the line
/// before it.
enum Suppression {
    private static let mark = Array("securebert:ignore".utf8)

    /// The reason, possibly empty; nil when no comment silences the function.
    static func reason(_ function: SourceFunction, in bytes: [UInt8], _ lines: LinePlaces) -> String? {
        let first = function.lines.lowerBound
        if let reason = reason(in: line(first, bytes, lines), isAlone: false) { return reason }
        var number = first - 1
        // Decorators stand between the comment and the function.
        while number > 1, first - number < 16, line(number, bytes, lines).trimmed.first == UInt8(ascii: "@") {
            number -= 1
        }
        return number >= 1 ? reason(in: line(number, bytes, lines), isAlone: true) : nil
    }

    private static func line(_ number: Int, _ bytes: [UInt8], _ lines: LinePlaces) -> ArraySlice<UInt8> {
        let end = number < lines.count ? lines.start(ofLine: number + 1) : bytes.count
        return bytes[lines.start(ofLine: number)..<end]
    }

    private static func reason(in line: ArraySlice<UInt8>, isAlone: Bool) -> String? {
        let line = line.trimmed
        guard let start = line.firstIndex(of: mark) else { return nil }
        let before = line[line.startIndex..<start].trimmed
        let isComment = [Array("//".utf8), Array("#".utf8), Array("/*".utf8), Array("*".utf8)]
            .contains { isAlone ? before.elementsEqual($0) : before.suffix($0.count).elementsEqual($0) }
        guard isComment else { return nil }
        var rest = line[(start + mark.count)...]
        if let end = rest.firstIndex(of: Array("*/".utf8)) { rest = rest[..<end] }
        rest = rest.trimmed.drop { $0 == ":" || $0 == "-" || $0 == "," }
        return String(decoding: rest.trimmed, as: UTF8.self)
    }
}

extension ArraySlice<UInt8> {
    /// Where a text occurs first.
    fileprivate func firstIndex(of text: [UInt8]) -> Int? {
        indices.first { self[$0] == text[0] && self[$0...].prefix(text.count).elementsEqual(text) }
    }
}
