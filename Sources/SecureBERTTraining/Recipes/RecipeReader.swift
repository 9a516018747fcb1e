import SecureBERTCheckpoint

/// Reads the values of a TOML recipe by key path, with what each must be, and rejects keys nobody asked for.
///
/// ```swift
/// let recipe = try RecipeReader(path: "pretrain.toml")
/// let steps = try recipe.integer("schedule.steps", in: 1...1_000_000)
/// let rate = try recipe.double("optimizer.rate", in: 0...1, default: 1e-3)
/// for stage in try recipe.tables("stages") { lengths.append(try stage.integer("length", in: 16...8192)) }
/// try recipe.finish()     // every key that was not read is an error that names the nearest known one
/// ```
///
/// Every error is a ``RecipeError``. A reader is meant for one thread.
public final class RecipeReader {
    /// The path of the recipe, for messages and for paths in it that are relative to it.
    public let file: String
    private let node: Node
    private let prefix: String

    /// A table with what has been asked of it.
    private final class Node {
        let members: [RecipeValue.Member]
        /// Keys that were asked for, whether there or not, in that order: the keys a recipe may have.
        var known: [String] = []
        /// Readers of the tables below.
        var tables: [(path: String, node: Node)] = []

        init(_ members: [RecipeValue.Member]) { self.members = members }
    }

    /// Reads a file of at most 4 MiB.
    /// - Throws: ``RecipeError`` when it is not valid TOML, `CheckpointError` when it cannot be read.
    public convenience init(path: String) throws {
        let bytes = try FileSystem.read(path, limit: 4 << 20)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw RecipeError(file: path, "is not valid UTF-8, expected a TOML file")
        }
        try self.init(text: text, file: path)
    }

    /// Reads a text.
    /// - Throws: ``RecipeError`` when it is not valid TOML.
    public convenience init(text: String, file: String) throws(RecipeError) {
        let value: RecipeValue
        do { value = try RecipeValue.parse(text) } catch {
            throw RecipeError(file: file, "is not valid TOML: \(Self.oneLine(String(reflecting: error)))")
        }
        guard case .table(let members) = value else { throw RecipeError(file: file, "holds no keys") }
        self.init(file: file, node: Node(members), prefix: "")
    }

    private init(file: String, node: Node, prefix: String) {
        self.file = file
        self.node = node
        self.prefix = prefix
    }

    /// The content spelled one way only: two recipes with equal texts differ in layout, order and comments at most.
    public var canonicalText: String { RecipeValue.table(node.members).canonicalText }

    /// A path of the recipe relative to the folder of its file, unless it is absolute.
    public func resolved(_ path: String) -> String {
        guard !path.hasPrefix("/"), let slash = file.lastIndex(of: "/") else { return path }
        return FileSystem.join(String(file[...slash]), path)
    }

    // MARK: - Values

    /// Whether the recipe has a value at the path. Counts as knowing the key.
    public func has(_ key: String) throws(RecipeError) -> Bool { try value(key) != nil }

    /// A text.
    public func string(_ key: String) throws(RecipeError) -> String {
        try required(key, "a text", try optionalString(key))
    }

    /// A text, or `fallback` when the key is missing.
    public func string(_ key: String, default fallback: String) throws(RecipeError) -> String {
        try optionalString(key) ?? fallback
    }

    /// A text, or nil when the key is missing.
    public func optionalString(_ key: String) throws(RecipeError) -> String? {
        guard let value = try value(key) else { return nil }
        guard case .string(let text) = value else { throw mismatch(key, "a text in quotes", value) }
        return text
    }

    /// A whole number in the range.
    public func integer(_ key: String, in range: ClosedRange<Int>) throws(RecipeError) -> Int {
        try required(key, Self.integerText(range), try optionalInteger(key, in: range))
    }

    /// A whole number in the range, or `fallback` when the key is missing.
    public func integer(_ key: String, in range: ClosedRange<Int>, default fallback: Int) throws(RecipeError) -> Int {
        try optionalInteger(key, in: range) ?? fallback
    }

    /// A whole number in the range, or nil when the key is missing.
    public func optionalInteger(_ key: String, in range: ClosedRange<Int>) throws(RecipeError) -> Int? {
        guard let value = try value(key) else { return nil }
        guard case .integer(let number) = value, range.contains(number) else {
            throw mismatch(key, Self.integerText(range), value)
        }
        return number
    }

    /// A finite number in the range; TOML's `1` and `1.0` are the same here.
    public func double(_ key: String, in range: ClosedRange<Double>) throws(RecipeError) -> Double {
        try required(key, Self.doubleText(range), try optionalDouble(key, in: range))
    }

    /// A finite number in the range, or `fallback` when the key is missing.
    public func double(
        _ key: String, in range: ClosedRange<Double>, default fallback: Double
    ) throws(RecipeError) -> Double {
        try optionalDouble(key, in: range) ?? fallback
    }

    /// A finite number in the range, or nil when the key is missing.
    public func optionalDouble(_ key: String, in range: ClosedRange<Double>) throws(RecipeError) -> Double? {
        guard let value = try value(key) else { return nil }
        let number: Double? =
            switch value {
            case .integer(let number): Double(number)
            case .double(let number): number
            default: nil
            }
        guard let number, number.isFinite, range.contains(number) else {
            throw mismatch(key, Self.doubleText(range), value)
        }
        return number
    }

    /// `true` or `false`.
    public func bool(_ key: String) throws(RecipeError) -> Bool {
        try required(key, "true or false", try optionalBool(key))
    }

    /// `true` or `false`, or `fallback` when the key is missing.
    public func bool(_ key: String, default fallback: Bool) throws(RecipeError) -> Bool {
        try optionalBool(key) ?? fallback
    }

    private func optionalBool(_ key: String) throws(RecipeError) -> Bool? {
        guard let value = try value(key) else { return nil }
        guard case .bool(let flag) = value else { throw mismatch(key, "true or false", value) }
        return flag
    }

    /// One of the names of an enumeration.
    public func choice<Choice>(_ key: String, of type: Choice.Type = Choice.self) throws(RecipeError) -> Choice
    where Choice: RawRepresentable<String> & CaseIterable {
        try required(key, Self.choices(type), try optionalChoice(key, of: type))
    }

    /// One of the names of an enumeration, or `fallback` when the key is missing.
    public func choice<Choice>(_ key: String, default fallback: Choice) throws(RecipeError) -> Choice
    where Choice: RawRepresentable<String> & CaseIterable {
        try optionalChoice(key, of: Choice.self) ?? fallback
    }

    /// One of the names of an enumeration, or nil when the key is missing.
    public func optionalChoice<Choice>(
        _ key: String, of type: Choice.Type = Choice.self
    ) throws(RecipeError) -> Choice?
    where Choice: RawRepresentable<String> & CaseIterable {
        guard let value = try value(key) else { return nil }
        guard case .string(let text) = value, let choice = Choice(rawValue: text) else {
            throw mismatch(key, Self.choices(type), value)
        }
        return choice
    }

    /// A list of texts; empty when the key is missing.
    public func strings(_ key: String) throws(RecipeError) -> [String] {
        guard let value = try value(key) else { return [] }
        guard case .array(let elements) = value else { throw mismatch(key, "a list of texts", value) }
        var texts: [String] = []
        for (index, element) in elements.enumerated() {
            guard case .string(let text) = element else {
                throw mismatch("\(key)[\(index)]", "a text in quotes", element)
            }
            texts.append(text)
        }
        return texts
    }

    /// A list of whole numbers in the range; empty when the key is missing.
    public func integers(_ key: String, in range: ClosedRange<Int>) throws(RecipeError) -> [Int] {
        guard let value = try value(key) else { return [] }
        guard case .array(let elements) = value else { throw mismatch(key, "a list of whole numbers", value) }
        var numbers: [Int] = []
        for (index, element) in elements.enumerated() {
            guard case .integer(let number) = element, range.contains(number) else {
                throw mismatch("\(key)[\(index)]", Self.integerText(range), element)
            }
            numbers.append(number)
        }
        return numbers
    }

    // MARK: - Tables

    /// A nested table, whose keys are read and checked like those of this one.
    public func table(_ key: String) throws(RecipeError) -> RecipeReader {
        try required(key, "a table", try optionalTable(key))
    }

    /// A nested table, or nil when the key is missing.
    public func optionalTable(_ key: String) throws(RecipeError) -> RecipeReader? {
        guard let value = try value(key) else { return nil }
        guard case .table = value else { throw mismatch(key, "a table", value) }
        let (parent, name) = try owner(of: key)
        return RecipeReader(file: file, node: child(name, of: parent.node, parent.path(name)), prefix: path(key))
    }

    /// An array of tables (`[[key]]`); empty when the key is missing.
    public func tables(_ key: String) throws(RecipeError) -> [RecipeReader] {
        guard let value = try value(key) else { return [] }
        guard case .array(let elements) = value else { throw mismatch(key, "a list of tables, [[\(key)]]", value) }
        var readers: [RecipeReader] = []
        for (index, element) in elements.enumerated() {
            let place = "\(key)[\(index)]"
            guard case .table(let members) = element else { throw mismatch(place, "a table", element) }
            let existing = node.tables.first { $0.path == path(place) }?.node
            let below = existing ?? Node(members)
            if existing == nil { node.tables.append((path(place), below)) }
            readers.append(RecipeReader(file: file, node: below, prefix: path(place)))
        }
        return readers
    }

    /// The names of the keys of this table, for tables whose keys are names of the user's choice. Counts as knowing them.
    public func keys() -> [String] {
        for member in node.members { Self.note(member.key, in: node) }
        return node.members.map(\.key)
    }

    // MARK: - Checks

    /// An error about a key that the caller found wrong for reasons of its own.
    /// - Parameters:
    ///   - key: The path below this table.
    ///   - problem: A clause without a full stop: "expected ..., found ...".
    public func error(_ key: String, _ problem: String) -> RecipeError {
        RecipeError(file: file, key: path(key), problem)
    }

    /// Checks that every key of this table and of the tables read below it was asked for. To be called on the root after
    /// everything was read.
    /// - Throws: ``RecipeError`` for the first key that was not, with the nearest key that is known.
    public func finish() throws(RecipeError) { try Self.finish(node, prefix, file) }

    private static func finish(_ node: Node, _ prefix: String, _ file: String) throws(RecipeError) {
        for member in node.members where !node.known.contains(member.key) {
            throw RecipeError(
                file: file, key: join(prefix, member.key), "is not a known key; \(suggestion(member.key, node.known))")
        }
        for table in node.tables { try finish(table.node, table.path, file) }
    }

    private static func suggestion(_ key: String, _ known: [String]) -> String {
        guard !known.isEmpty else { return "no keys are expected there" }
        let nearest = known.map { ($0, EditDistance.between($0, key)) }.min { $0.1 < $1.1 }
        if let (name, distance) = nearest, distance <= max(2, key.count / 3) { return "did you mean \(name)?" }
        return "expected one of \(known.joined(separator: ", "))"
    }

    // MARK: - Looking up

    /// The value at a dotted path below this table. Notes every key on the way as known.
    private func value(_ key: String) throws(RecipeError) -> RecipeValue? {
        guard let (owner, name) = try ownerIfPresent(of: key) else { return nil }
        Self.note(name, in: owner.node)
        return owner.node.members.first { $0.key == name }?.value
    }

    private func owner(of key: String) throws(RecipeError) -> (RecipeReader, String) {
        guard let found = try ownerIfPresent(of: key) else { throw error(key, "is missing") }
        return found
    }

    /// The reader of the table that holds the last component of a path; nil when a table on the way is missing.
    private func ownerIfPresent(of key: String) throws(RecipeError) -> (RecipeReader, String)? {
        guard let dot = key.firstIndex(of: ".") else { return (self, key) }
        let name = String(key[..<dot])
        Self.note(name, in: node)
        guard let value = node.members.first(where: { $0.key == name })?.value else { return nil }
        guard case .table = value else { throw mismatch(name, "a table", value) }
        let below = RecipeReader(file: file, node: child(name, of: node, path(name)), prefix: path(name))
        return try below.ownerIfPresent(of: String(key[key.index(after: dot)...]))
    }

    private func child(_ name: String, of node: Node, _ path: String) -> Node {
        if let existing = node.tables.first(where: { $0.path == path })?.node { return existing }
        guard case .table(let members)? = node.members.first(where: { $0.key == name })?.value else { return Node([]) }
        let below = Node(members)
        node.tables.append((path, below))
        return below
    }

    private static func note(_ key: String, in node: Node) {
        if !node.known.contains(key) { node.known.append(key) }
    }

    private func required<Value>(_ key: String, _ expected: String, _ value: Value?) throws(RecipeError) -> Value {
        guard let value else { throw error(key, "is missing, expected \(expected)") }
        return value
    }

    private func mismatch(_ key: String, _ expected: String, _ value: RecipeValue) -> RecipeError {
        error(key, "expected \(expected), found \(value.found)")
    }

    private func path(_ key: String) -> String { Self.join(prefix, key) }

    private static func join(_ prefix: String, _ key: String) -> String { prefix.isEmpty ? key : "\(prefix).\(key)" }

    private static func integerText(_ range: ClosedRange<Int>) -> String {
        switch (range.lowerBound, range.upperBound) {
        case (.min, .max): "a whole number"
        case (let low, .max): "a whole number of at least \(low)"
        case (let low, let high): "a whole number from \(low) to \(high)"
        }
    }

    private static func doubleText(_ range: ClosedRange<Double>) -> String {
        range.upperBound >= .greatestFiniteMagnitude
            ? "a number of at least \(range.lowerBound)" : "a number from \(range.lowerBound) to \(range.upperBound)"
    }

    private static func choices<Choice>(_ type: Choice.Type) -> String
    where Choice: RawRepresentable<String> & CaseIterable {
        "one of \(type.allCases.map(\.rawValue).joined(separator: ", "))"
    }

    private static func oneLine(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).joined(separator: " ").printable
    }
}
