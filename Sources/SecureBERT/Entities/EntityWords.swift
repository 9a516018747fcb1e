/// The words of a text that entities are made of, as ranges of its UTF-8; what stands between belongs to none.
package struct EntityWords {
    package let ranges: [Range<Int>]

    /// - Parameter ranges: In order and without overlap.
    package init(_ ranges: [Range<Int>]) { self.ranges = ranges }

    /// Runs without white space. Punctuation around a run is no part of it, as in sentences of labelled data: each mark is a word.
    package init(of text: String) {
        var ranges: [Range<Int>] = []
        var run: [(scalar: Unicode.Scalar, start: Int)] = []
        var end = 0
        for scalar in text.unicodeScalars {
            if scalar.properties.isWhitespace {
                ranges += Self.words(of: run, end: end)
                run.removeAll(keepingCapacity: true)
            } else {
                run.append((scalar, end))
            }
            end += UTF8.width(scalar)
        }
        self.ranges = ranges + Self.words(of: run, end: end)
    }

    /// The word in which a range ends; nil when it ends in none, or at the start of one.
    package func index(ofWordWithEnd range: Range<Int>) -> Int? {
        var (low, high) = (0, ranges.count)
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound < range.upperBound { low = middle + 1 } else { high = middle }
        }
        return low < ranges.count && ranges[low].lowerBound < range.upperBound ? low : nil
    }

    /// The marks before a run, the run, and the marks behind it.
    private static func words(of run: [(scalar: Unicode.Scalar, start: Int)], end: Int) -> [Range<Int>] {
        var (first, last) = (run.startIndex, run.endIndex)
        while first < last, opening.contains(run[first].scalar) { first += 1 }
        while last > first, closing.contains(run[last - 1].scalar) { last -= 1 }
        var core = [first..<last]
        // "Lazarus's"
        if last - first > 2, run[last - 1].scalar == "s", apostrophes.contains(run[last - 2].scalar) {
            core = [first..<last - 2, last - 2..<last]
        }
        let words = run[..<first].indices.map { $0..<$0 + 1 } + core + run[last...].indices.map { $0..<$0 + 1 }
        return words.filter { !$0.isEmpty }.map { word in
            run[word.lowerBound].start..<(word.upperBound < run.count ? run[word.upperBound].start : end)
        }
    }

    private static let opening = Set("([{<\"'`“‘«„".unicodeScalars)
    private static let closing = Set(")]}>\"'`”’»“.,;:!?…".unicodeScalars)
    private static let apostrophes = Set("'’".unicodeScalars)
}
