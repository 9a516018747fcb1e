import SecureBERTJSON
import TestSupport
import Testing

/// The reference tools' figures, from `Fixtures/metrics`.
enum Golden {
    static func cases(_ name: String) throws -> [JSON] {
        try #require(Fixtures.json("metrics/\(name).json").arrayValue)
    }
}

extension JSON {
    /// Numbers of an array; null is nil.
    var optionalNumbers: [Double?] { arrayValue?.map(\.doubleValue) ?? [] }
    var numbers: [Double] { optionalNumbers.compactMap { $0 } }
    var integers: [Int] { arrayValue?.compactMap(\.integerValue) ?? [] }
    var strings: [String] { arrayValue?.compactMap(\.stringValue) ?? [] }
    var elements: [JSON] { arrayValue ?? [] }
}

/// Expects equal numbers, up to the order of sums.
func expectEqual(
    _ found: [Double?], _ expected: JSON?, _ what: String, sourceLocation: SourceLocation = #_sourceLocation
) {
    guard let expected else {
        Issue.record("\(what): the fixture has no such figure", sourceLocation: sourceLocation)
        return
    }
    let numbers = expected.arrayValue == nil ? [expected.doubleValue] : expected.optionalNumbers
    let isEqual =
        found.count == numbers.count
        && zip(found, numbers).allSatisfy { first, second in
            guard let first, let second else { return first == nil && second == nil }
            return abs(first - second) <= 1e-9 * max(abs(second), 1e-3)
        }
    #expect(isEqual, "\(what): \(found) instead of \(numbers)", sourceLocation: sourceLocation)
}

func expectEqual(
    _ found: Double?, _ expected: JSON?, _ what: String, sourceLocation: SourceLocation = #_sourceLocation
) {
    expectEqual([found], expected, what, sourceLocation: sourceLocation)
}
