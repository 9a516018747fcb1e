import SecureBERTJSON

/// The members of a request's JSON object, read with their types; what is wrong is said with its name and what was found. Members that a
/// route does not know are ignored: clients of other servers send more than is needed here.
struct RequestFields: Sendable {
    private let object: JSON.Object
    /// In front of names in messages: "parameters." for a nested object.
    private let prefix: String

    /// - Throws: ``APIError`` when the body is no JSON object.
    init(body: some Collection<UInt8>) throws(APIError) {
        guard !body.isEmpty else { throw APIError(.malformed, "the body is empty, expected a JSON object") }
        let json: JSON
        do { json = try JSON.parse(body) } catch {
            throw APIError(.malformed, "the body is not valid JSON: \(error)")
        }
        guard let object = json.objectValue else {
            throw APIError(.validation, "the body must be a JSON object, found \(json.kind)")
        }
        (self.object, prefix) = (object, "")
    }

    private init(_ object: JSON.Object, prefix: String) { (self.object, self.prefix) = (object, prefix) }

    var names: [String] { object.members.map(\.key) }

    /// The member, nil when it is missing or null.
    func value(_ name: String) -> JSON? {
        guard let value = object[name], !value.isNull else { return nil }
        return value
    }

    private func wrong(_ name: String, _ expected: String, _ found: JSON?) -> APIError {
        APIError(
            .validation,
            "\"\(prefix)\(name)\" must be \(expected), \(found.map { "found \($0.kind)" } ?? "it is missing")",
            parameter: prefix + name)
    }

    private func optional<Value>(_ name: String, _ expected: String, _ read: (JSON) -> Value?) throws(APIError)
        -> Value?
    {
        guard let value = value(name) else { return nil }
        guard let read = read(value) else { throw wrong(name, expected, value) }
        return read
    }

    func string(_ name: String) throws(APIError) -> String {
        guard let value = try optionalString(name) else { throw wrong(name, "a string", object[name]) }
        return value
    }

    func optionalString(_ name: String) throws(APIError) -> String? {
        try optional(name, "a string") { $0.stringValue }
    }

    func bool(_ name: String, default standard: Bool) throws(APIError) -> Bool {
        try optional(name, "true or false") { $0.boolValue } ?? standard
    }

    /// A whole number in a range.
    func integer(_ name: String, in range: ClosedRange<Int>) throws(APIError) -> Int? {
        guard let value = try optional(name, "a whole number", { $0.integerValue }) else { return nil }
        guard range.contains(value) else {
            throw APIError(
                .validation, "\"\(prefix)\(name)\" must be \(range.lowerBound) to \(range.upperBound), found \(value)",
                parameter: prefix + name)
        }
        return value
    }

    /// A number in a range.
    func number(_ name: String, in range: ClosedRange<Double>) throws(APIError) -> Double? {
        guard let value = try optional(name, "a number", { $0.doubleValue }) else { return nil }
        guard range.contains(value) else {
            throw APIError(
                .validation, "\"\(prefix)\(name)\" must be \(range.lowerBound) to \(range.upperBound), found \(value)",
                parameter: prefix + name)
        }
        return value
    }

    /// One of a few words; nil when it is missing.
    func choice<Value: RawRepresentable & CaseIterable>(
        _ name: String, _: Value.Type = Value.self
    ) throws(APIError) -> Value? where Value.RawValue == String {
        guard let text = try optionalString(name) else { return nil }
        guard let value = Value(rawValue: text) else {
            let words = Value.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
            throw APIError(
                .validation, "\"\(prefix)\(name)\" must be one of \(words), found \"\(text.prefix(40))\"",
                parameter: prefix + name)
        }
        return value
    }

    /// Strings, or one.
    func strings(_ name: String) throws(APIError) -> [String] {
        guard let value = value(name) else {
            throw wrong(name, "a string or an array of strings", object[name])
        }
        if let text = value.stringValue { return [text] }
        guard let values = value.arrayValue else { throw wrong(name, "a string or an array of strings", value) }
        var texts: [String] = []
        texts.reserveCapacity(values.count)
        for (index, value) in values.enumerated() {
            guard let text = value.stringValue else { throw wrong("\(name)[\(index)]", "a string", value) }
            texts.append(text)
        }
        return texts
    }

    func array(_ name: String) throws(APIError) -> [JSON]? {
        try optional(name, "an array") { $0.arrayValue }
    }

    /// A nested object; empty when it is missing.
    func fields(_ name: String) throws(APIError) -> RequestFields {
        let object = try optional(name, "an object") { $0.objectValue }
        return RequestFields(object ?? JSON.Object(), prefix: "\(prefix)\(name).")
    }

    /// The elements of an array of objects.
    func objects(_ name: String) throws(APIError) -> [RequestFields]? {
        guard let values = try array(name) else { return nil }
        var result: [RequestFields] = []
        for (index, value) in values.enumerated() {
            guard let object = value.objectValue else { throw wrong("\(name)[\(index)]", "an object", value) }
            result.append(RequestFields(object, prefix: "\(prefix)\(name)[\(index)]."))
        }
        return result
    }
}
