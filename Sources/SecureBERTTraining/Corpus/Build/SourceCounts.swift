import SecureBERTJSON

/// What was read from a source and why documents were left out; adds up over partitions.
struct SourceCounts: Sendable {
    var files = 0
    /// Uncompressed bytes of the files.
    var inputBytes = 0
    /// Documents before the filters, and the bytes of their text.
    var documents = 0
    var bytes = 0
    var dropped: [DropReason: Int] = [:]
    /// Documents of text by language.
    var languages: [String: Int] = [:]
    /// Documents that lost a paragraph, or all, to decontamination.
    var decontaminated = 0
    /// Files that could not be read, with the reason.
    var unreadable: [String] = []
    /// Names of sources and licences, numbered as records number them.
    private(set) var sources: [String] = []
    private(set) var licenses: [String] = []

    mutating func add(read bytes: Int) {
        documents += 1
        self.bytes += bytes
    }

    mutating func add(_ reason: DropReason) { dropped[reason, default: 0] += 1 }

    mutating func number(ofSource name: String) -> UInt16 { Self.number(of: name, in: &sources) }

    mutating func number(ofLicense name: String) -> UInt16 { Self.number(of: name, in: &licenses) }

    private static func number(of name: String, in names: inout [String]) -> UInt16 {
        if let number = names.lastIndex(of: name) { return UInt16(clamping: number) }
        names.append(name)
        return UInt16(clamping: names.count - 1)
    }

    /// Adds what was counted elsewhere, and says how its numbers of sources and licences translate.
    mutating func add(_ other: SourceCounts) -> (sources: [UInt16], licenses: [UInt16]) {
        files += other.files
        inputBytes += other.inputBytes
        documents += other.documents
        bytes += other.bytes
        decontaminated += other.decontaminated
        unreadable += other.unreadable
        dropped.merge(other.dropped, uniquingKeysWith: +)
        languages.merge(other.languages, uniquingKeysWith: +)
        return (other.sources.map { number(ofSource: $0) }, other.licenses.map { number(ofLicense: $0) })
    }

    // MARK: - JSON

    var json: JSON {
        let reasons = DropReason.allCases.compactMap { reason in
            dropped[reason].map { (key: reason.rawValue, value: JSON.integer($0)) }
        }
        let languages = languages.sorted { $0.key < $1.key }.map { (key: $0.key, value: JSON.integer($0.value)) }
        return [
            "files": .integer(files), "input_bytes": .integer(inputBytes), "documents": .integer(documents),
            "bytes": .integer(bytes), "dropped": .object(.init(reasons)), "languages": .object(.init(languages)),
            "decontaminated": .integer(decontaminated), "unreadable": .array(unreadable.map { .string($0) }),
            "sources": .array(sources.map { .string($0) }), "licenses": .array(licenses.map { .string($0) }),
        ]
    }

    init() {}

    init?(_ json: JSON) {
        guard let files = json["files"]?.integerValue, let inputBytes = json["input_bytes"]?.integerValue,
            let documents = json["documents"]?.integerValue, let bytes = json["bytes"]?.integerValue,
            let dropped = json["dropped"]?.objectValue, let languages = json["languages"]?.objectValue,
            let decontaminated = json["decontaminated"]?.integerValue, let unreadable = json["unreadable"]?.arrayValue,
            let sources = json["sources"]?.arrayValue, let licenses = json["licenses"]?.arrayValue
        else { return nil }
        (self.files, self.inputBytes, self.documents, self.bytes) = (files, inputBytes, documents, bytes)
        self.decontaminated = decontaminated
        self.unreadable = unreadable.compactMap(\.stringValue)
        self.sources = sources.compactMap(\.stringValue)
        self.licenses = licenses.compactMap(\.stringValue)
        for member in dropped.members {
            guard let reason = DropReason(rawValue: member.key), let count = member.value.integerValue else {
                return nil
            }
            self.dropped[reason] = count
        }
        for member in languages.members { self.languages[member.key] = member.value.integerValue ?? 0 }
    }
}
