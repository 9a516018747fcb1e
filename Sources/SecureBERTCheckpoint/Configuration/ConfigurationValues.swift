import SecureBERTJSON

/// Reads values out of a JSON configuration file and names file, key, found and allowed values when one is not usable.
///
/// Every number is bounded here, before anything is allocated by it: a hostile file must not exhaust memory or overflow
/// an index.
package struct ConfigurationValues: Sendable {
    package let object: JSON.Object
    package let file: String

    package init(_ object: JSON.Object, file: String) {
        self.object = object
        self.file = file
    }

    /// Configuration files are small; a larger one is not a configuration file.
    static let maximumByteCount = 8 << 20

    /// Reads a configuration file whose document is an object.
    package init(path: String) throws(CheckpointError) {
        let json = try FileSystem.readJSON(path, limit: Self.maximumByteCount)
        guard let object = json.objectValue else {
            throw CheckpointError(.malformed, file: path, "is \(json.kind), expected an object")
        }
        self.init(object, file: path)
    }

    /// The value of a key; nil when it is absent or null.
    package subscript(_ key: String) -> JSON? {
        guard let value = object[key], !value.isNull else { return Optional.none }
        return value
    }

    /// An integer inside `range`.
    /// - Parameter fallback: the value when the key is absent or null; without one the key is required.
    package func count(
        _ key: String, in range: ClosedRange<Int>, default fallback: Int? = nil
    ) throws(CheckpointError) -> Int {
        guard let value = self[key] else {
            guard let fallback else { throw missing(key, "an integer from \(range.lowerBound) to \(range.upperBound)") }
            return fallback
        }
        guard case .integer(let number) = value, range.contains(number) else {
            throw refused(key, value, allowed: "an integer from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// An integer inside `range`; nil when the key is absent or null.
    package func optionalCount(_ key: String, in range: ClosedRange<Int>) throws(CheckpointError) -> Int? {
        self[key] == nil ? nil : try count(key, in: range)
    }

    /// A number inside `range`.
    package func number(
        _ key: String, in range: ClosedRange<Double>, default fallback: Double? = nil
    ) throws(CheckpointError) -> Double {
        guard let value = self[key] else {
            guard let fallback else { throw missing(key, "a number from \(range.lowerBound) to \(range.upperBound)") }
            return fallback
        }
        guard let number = value.doubleValue, range.contains(number) else {
            throw refused(key, value, allowed: "a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    package func boolean(_ key: String, default fallback: Bool) throws(CheckpointError) -> Bool {
        guard let value = self[key] else { return fallback }
        guard let flag = value.boolValue else { throw refused(key, value, allowed: "true or false") }
        return flag
    }

    /// A string; nil when the key is absent or null.
    package func string(_ key: String) throws(CheckpointError) -> String? {
        guard let value = self[key] else { return nil }
        guard let text = value.stringValue else { throw refused(key, value, allowed: "a string") }
        return text
    }

    /// One of a closed set of strings.
    package func choice<Choice: RawRepresentable & CaseIterable>(
        _ key: String, default fallback: Choice
    ) throws(CheckpointError) -> Choice where Choice.RawValue == String {
        guard let value = self[key] else { return fallback }
        guard let text = value.stringValue, let choice = Choice(rawValue: text) else {
            let allowed = Choice.allCases.map { $0.rawValue.quoted }.joined(separator: ", ")
            throw refused(key, value, allowed: "one of \(allowed)", .unsupported)
        }
        return choice
    }

    /// A list of strings; empty when the key is absent or null.
    package func strings(_ key: String) throws(CheckpointError) -> [String] {
        guard let value = self[key] else { return [] }
        guard let elements = value.arrayValue else { throw refused(key, value, allowed: "a list of strings") }
        var strings: [String] = []
        for element in elements {
            guard let text = element.stringValue else { throw refused(key, element, allowed: "a list of strings") }
            strings.append(text)
        }
        return strings
    }

    /// The members of an object; nil when the key is absent or null.
    package func nested(_ key: String) throws(CheckpointError) -> ConfigurationValues? {
        guard let value = self[key] else { return nil }
        guard let object = value.objectValue else { throw refused(key, value, allowed: "an object") }
        return ConfigurationValues(object, file: file)
    }

    package func refused(
        _ key: String, _ value: JSON, allowed: String, _ code: CheckpointError.Code = .malformed
    ) -> CheckpointError {
        CheckpointError(code, file: file, "\(key.quoted) is \(value.text.printable), expected \(allowed)")
    }

    private func missing(_ key: String, _ expected: String) -> CheckpointError {
        CheckpointError(.malformed, file: file, "\(key.quoted) is missing, expected \(expected)")
    }
}

/// What this package accepts in a configuration. Every published encoder is far inside.
package enum ConfigurationLimits {
    static let layers = 1...256
    static let hiddenSize = 1...16_384
    static let heads = 1...1_024
    static let intermediateSize = 1...131_072
    static let vocabulary = 1...(1 << 22)
    static let positions = 1...(1 << 20)
    static let tokenTypes = 0...1_024
    static let labels = 1...(1 << 17)
    static let epsilon = 0...1.0
    static let dropout = 0...0.999
    static let initializerRange = 0...10.0
    /// Below 0.1 almost every number would have to be drawn again.
    static let initializerCutoff = 0.1...1_000
    static let ropeTheta = 1.0...1e12
}
