import SecureBERTJSON

/// A value of a JSON file with its place, so that every complaint names both.
struct Section {
    let value: JSON
    let file: String
    let path: String

    /// A complaint that the value does not follow the format.
    func error(_ problem: String) -> TokenizerError { error(.malformed, problem) }

    func error(_ kind: TokenizerError.Kind, _ problem: String) -> TokenizerError {
        TokenizerError(kind, file: file, location: path, problem)
    }

    private func child(_ value: JSON, _ key: String) -> Section {
        Section(value: value, file: file, path: path.isEmpty ? key : path + "." + key)
    }

    /// The member of that name; nil when it is absent or null.
    func optional(_ key: String) throws(TokenizerError) -> Section? {
        guard case .object(let object) = value else { throw error("expected an object, found \(value.kind)") }
        guard let member = object[key], !member.isNull else { return nil }
        return child(member, key)
    }

    /// The member of that name, which must be there.
    func required(_ key: String) throws(TokenizerError) -> Section {
        guard let member = try optional(key) else { throw error("the key \"\(key)\" is missing") }
        return member
    }

    func object() throws(TokenizerError) -> JSON.Object {
        guard case .object(let object) = value else { throw error("expected an object, found \(value.kind)") }
        return object
    }

    /// The members of an object as sections.
    func members() throws(TokenizerError) -> [(key: String, section: Section)] {
        try object().members.map { ($0.key, child($0.value, $0.key)) }
    }

    func elements() throws(TokenizerError) -> [Section] {
        guard case .array(let elements) = value else { throw error("expected an array, found \(value.kind)") }
        return elements.enumerated().map { Section(value: $1, file: file, path: path + "[\($0)]") }
    }

    func string() throws(TokenizerError) -> String {
        guard let string = value.stringValue else { throw error("expected a string, found \(value.kind)") }
        return string
    }

    func bool() throws(TokenizerError) -> Bool {
        guard let bool = value.boolValue else { throw error("expected true or false, found \(value.kind)") }
        return bool
    }

    /// A whole number from `range`.
    func integer(in range: ClosedRange<Int>) throws(TokenizerError) -> Int {
        guard let integer = value.integerValue else { throw error("expected a whole number, found \(value.kind)") }
        guard range.contains(integer) else {
            throw error("\(integer) is outside \(range.lowerBound)...\(range.upperBound)")
        }
        return integer
    }

    /// A token id.
    func id() throws(TokenizerError) -> Int32 {
        Int32(truncatingIfNeeded: try integer(in: 0...(Vocabulary.idLimit - 1)))
    }

    func string(_ key: String) throws(TokenizerError) -> String { try required(key).string() }
    func bool(_ key: String) throws(TokenizerError) -> Bool { try required(key).bool() }

    func bool(_ key: String, default fallback: Bool) throws(TokenizerError) -> Bool {
        try optional(key)?.bool() ?? fallback
    }

    /// The `type` that components are told apart by.
    func type() throws(TokenizerError) -> String { try string("type") }
}
