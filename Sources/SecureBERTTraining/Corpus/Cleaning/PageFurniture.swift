/// Rule `furniture`: the lines that a document repeats at the top or bottom of its pages go, numbers in them aside. Pages
/// end in form feeds.
///
///     "ACME Report 2024 | 1" on page 1, "ACME Report 2024 | 2" on page 2, ...  ->  removed
package enum PageFurniture {
    /// Lines looked at on either end of a page.
    private static let depth = 3
    /// A line must be on this share of the pages, and on at least three.
    private static let share = 0.4

    package static func remove(_ bytes: [UInt8]) -> [UInt8] {
        let pages = bytes.split(separator: 0x0C, omittingEmptySubsequences: false).map { page in
            page.split(separator: 0x0A, omittingEmptySubsequences: false).map(Array.init)
        }
        guard pages.count >= 3 else { return bytes.map { $0 == 0x0C ? 0x0A : $0 } }
        var counts: [[UInt8]: Int] = [:]
        for page in pages {
            for key in Set(edges(page).map { key(page[$0]) }) { counts[key, default: 0] += 1 }
        }
        let least = max(3, Int(Double(pages.count) * share))
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count)
        for page in pages {
            let edges = Set(edges(page))
            for (index, line) in page.enumerated() {
                let isFurniture = edges.contains(index) && counts[key(line), default: 0] >= least
                if !isFurniture { out.append(contentsOf: line + [0x0A]) }
            }
        }
        return out
    }

    /// The first and last lines of a page that are not empty.
    private static func edges(_ page: [[UInt8]]) -> [Int] {
        let filled = page.indices.filter { page[$0].contains { !$0.isSpace } }
        return Array(filled.prefix(depth)) + Array(filled.suffix(depth))
    }

    /// The line without blanks and with every digit the same.
    private static func key(_ line: [UInt8]) -> [UInt8] {
        line.filter { !$0.isSpace }.map { $0.isDigit ? 0x30 : $0 }
    }
}
