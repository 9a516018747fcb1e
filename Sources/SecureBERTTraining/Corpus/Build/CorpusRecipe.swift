import Crypto
import SecureBERTCheckpoint

/// How a corpus is built: what `corpus build --recipe FILE.toml` reads. Documentation/corpus.md explains every key.
public struct CorpusRecipe: Sendable {
    /// Name of the corpus.
    public let name: String
    /// The recipe's file.
    public let file: String
    /// Folder that the paths of sources are relative to.
    public let root: String
    let sources: [SourceRecipe]
    let language: LanguageFilter
    let textQuality: QualityFilter
    let codeQuality: QualityFilter
    private(set) var duplicates: DuplicateRecipe
    let split: SplitRecipe
    let decontamination: DecontaminationRecipe
    /// Longer documents are cut into parts.
    let partBytes: Int
    /// Size of a shard of the result, about.
    let shardBytes: Int
    /// Changes which documents a cap or a weight keeps, and their order.
    let seed: Int
    /// SHA-256 of the content of the recipe in hexadecimal; layout and comments do not change it.
    public let digest: String
    /// SHA-256 of what decides how a file becomes documents: a partition is kept as long as it stays the same.
    var processingDigest: [UInt8] {
        let processing = "\(partBytes) \(language) \(textQuality) \(codeQuality) \(duplicates.processingText)"
        return Array(SHA256.hash(data: Array(processing.utf8)))
    }

    /// Reads a recipe.
    /// - Parameters:
    ///   - path: the TOML file.
    ///   - root: the folder that the paths of sources are relative to; nil for what the recipe says, or its own folder.
    /// - Throws: ``RecipeError`` for a key that is unknown, missing or has an impossible value.
    public init(path: String, root: String? = nil) throws {
        let reader = try RecipeReader(path: path)
        file = path
        name = try reader.string("name")
        let written = try reader.optionalString("root")
        self.root = root ?? written.map(reader.resolved) ?? Self.folder(of: path)
        seed = try reader.integer("seed", in: 0...Int(Int32.max), default: 1)
        partBytes = try reader.integer("part-bytes", in: 1000...16 << 20, default: 30_000)
        shardBytes = try reader.integer("shard-bytes", in: 1 << 16...1 << 30, default: 18_000_000)
        language = LanguageFilter(
            isActive: try reader.bool("language.filter", default: true),
            minimumStopWords: try reader.double("language.minimum-stop-words", in: 0...1, default: 0.05),
            maximumForeignLetters: try reader.double("language.maximum-foreign-letters", in: 0...1, default: 0.1))
        textQuality = try QualityFilter(reader, "quality.text", default: .text)
        codeQuality = try QualityFilter(reader, "quality.code", default: .code)
        duplicates = try DuplicateRecipe(reader)
        split = try SplitRecipe(reader)
        decontamination = try DecontaminationRecipe(reader)
        var sources: [SourceRecipe] = []
        for table in try reader.tables("sources") {
            let source = try SourceRecipe(table)
            if sources.contains(where: {
                $0.name == source.name && $0.path == source.path && $0.include == source.include
            }) {
                throw table.error(
                    "name", "expected a source that is not listed before, found \(source.name.quoted) again")
            }
            sources.append(source)
        }
        guard !sources.isEmpty else { throw reader.error("sources", "is missing, expected at least one [[sources]]") }
        self.sources = sources
        try reader.finish()
        digest = SHA256.hash(data: Array(reader.canonicalText.utf8)).hex
    }

    /// The same recipe with or without near duplicates, for comparisons.
    public func removingNearDuplicates(_ removesNear: Bool) -> CorpusRecipe {
        var recipe = self
        recipe.duplicates.removesNear = removesNear
        return recipe
    }

    private static func folder(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    }
}

/// Names of splits in recipes.
enum SplitName: String, CaseIterable, Sendable {
    case train, valid, test

    var fate: DocumentFate {
        switch self {
        case .train: .train
        case .valid: .valid
        case .test: .test
        }
    }
}

/// Where a part of the corpus is from, and how it is read.
struct SourceRecipe: Sendable {
    /// Readers by their names in recipes.
    enum ReaderName: String, CaseIterable, Sendable {
        case markdown, html, text, restructured, manual, pdf, source, jsonl, stix, sigma, json, yaml, xml
        case weaknesses = "cwe-capec-xml"
        case cve = "cve-json"
        case nvd = "nvd-json"

        /// Where the files of a source repeat each other; nil for formats that do not.
        var furniture: SiteFurniture.Place? {
            switch self {
            case .html: .ends
            case .json, .yaml, .xml: .anywhere
            default: nil
            }
        }
    }

    let name: String
    let license: String
    /// Where to get it, for messages.
    let url: String
    let path: String
    let readerName: ReaderName
    let reader: any FormatReader
    let include: [PathPattern]
    let exclude: [PathPattern]
    /// Whether the rules for cleaning apply.
    let isCleaned: Bool
    /// Most bytes of text kept from it.
    let capBytes: Int?
    /// Below 1 the share of documents kept, above 1 how often each is repeated in the training split.
    let weight: Double
    /// The split all its documents are in; nil to split by their ids.
    let split: SplitName?
    /// Similarity from which a document is a duplicate; nil for the recipe's.
    let threshold: Double?
    /// What decides how its files become documents.
    let processingText: String

    init(_ table: RecipeReader) throws {
        name = try table.string("name")
        license = try table.string("license")
        guard !name.isEmpty else { throw table.error("name", "expected a name, found an empty text") }
        guard !license.isEmpty else {
            throw table.error("license", "expected the licence of the source, found an empty text")
        }
        url = try table.string("url", default: "")
        path = try table.string("path", default: "")
        readerName = try table.choice("reader", of: ReaderName.self)
        let patterns = try table.strings("include")
        include = (patterns.isEmpty ? Self.patterns(of: readerName) : patterns).map(PathPattern.init)
        exclude = try table.strings("exclude").map(PathPattern.init)
        isCleaned = try table.bool("clean", default: true)
        capBytes = try table.optionalInteger("cap-bytes", in: 1...Int.max)
        weight = try table.double("weight", in: 0...10, default: 1)
        split = try table.optionalChoice("split")
        threshold = try table.optionalDouble("near-threshold", in: 0.1...1)
        reader = try Self.reader(readerName, table)
        processingText = "\(name) \(license) \(isCleaned) \(readerName.rawValue) \(reader)"
    }

    private static func reader(_ name: ReaderName, _ table: RecipeReader) throws -> any FormatReader {
        switch name {
        case .markdown: return TextReader(markup: .markdown, dropping: try table.strings("drop-sections"))
        case .html: return TextReader(markup: .html)
        case .text: return TextReader(markup: .plain)
        case .restructured: return TextReader(markup: .restructured)
        case .manual: return TextReader(markup: .manual)
        case .pdf: return PDFReader()
        case .source: return SourceCodeReader()
        case .jsonl: return JSONLReader()
        case .stix: return STIXReader()
        case .weaknesses: return WeaknessXMLReader()
        case .cve: return CVEReader()
        case .nvd: return NVDReader()
        case .sigma: return SigmaReader()
        case .json, .yaml, .xml: break
        }
        let text = try table.strings("text-fields")
        let code = try table.strings("code-fields")
        guard !text.isEmpty || !code.isEmpty else {
            throw table.error("text-fields", "is missing, expected the fields that hold the text, or code-fields")
        }
        let title = try table.string("title-field", default: "")
        let id = try table.string("id-field", default: "")
        let markup = try table.choice("markup", default: TextMarkup.markdown)
        if name == .xml {
            return ElementReader(
                element: try table.string("element"), id: id, title: title, text: text, code: code, markup: markup)
        }
        return FieldReader(
            format: name == .json ? .json : .yaml, records: try table.strings("records"),
            group: try table.string("group-field", default: ""), id: id, title: title, text: text, code: code,
            markup: markup, isTemplate: name == .yaml ? try table.bool("templates", default: false) : false)
    }

    /// The files a reader takes when the recipe does not say.
    private static func patterns(of reader: ReaderName) -> [String] {
        switch reader {
        case .markdown: ["**/*.md", "**/*.markdown"]
        case .html: ["**/*.html", "**/*.htm", "**/*.html.gz"]
        case .text: ["**/*.txt", "**/*.txt.gz"]
        case .restructured: ["**/*.rst"]
        case .manual: ["**/*.[1-9]", "**/*.[1-9].gz"]
        case .pdf: ["**/*.pdf"]
        case .jsonl: ["**/*.jsonl", "**/*.jsonl.zst", "**/*.jsonl.gz"]
        case .sigma, .yaml: ["**/*.yml", "**/*.yaml"]
        case .stix, .json, .cve, .nvd: ["**/*.json"]
        case .weaknesses, .xml: ["**/*.xml"]
        case .source:
            [
                "**/*.c", "**/*.h", "**/*.cc", "**/*.cpp", "**/*.cs", "**/*.go", "**/*.java", "**/*.js", "**/*.kt",
                "**/*.php", "**/*.pl", "**/*.ps1", "**/*.py", "**/*.rb", "**/*.rs", "**/*.sh", "**/*.swift", "**/*.ts",
                "**/*.yar", "**/*.yara",
            ]
        }
    }
}

/// How duplicates are found.
struct DuplicateRecipe: Sendable {
    let removesExact: Bool
    fileprivate(set) var removesNear: Bool
    let permutations: Int
    let rows: Int
    let threshold: Double
    let textShingle: Int
    let codeShingle: Int

    init(_ reader: RecipeReader) throws {
        removesExact = try reader.bool("duplicates.exact", default: true)
        removesNear = try reader.bool("duplicates.near", default: true)
        permutations = try reader.integer("duplicates.permutations", in: 16...256, default: 64)
        rows = try reader.integer("duplicates.rows", in: 1...16, default: 4)
        threshold = try reader.double("duplicates.threshold", in: 0.1...1, default: 0.75)
        textShingle = try reader.integer("duplicates.text-shingle", in: 1...32, default: 5)
        codeShingle = try reader.integer("duplicates.code-shingle", in: 1...32, default: 7)
        guard permutations.isMultiple(of: 16) else {
            throw reader.error("duplicates.permutations", "expected a multiple of 16, found \(permutations)")
        }
        guard permutations.isMultiple(of: rows) else {
            throw reader.error(
                "duplicates.rows", "expected a divisor of the \(permutations) permutations, found \(rows)")
        }
    }

    var processingText: String { "\(removesNear) \(permutations) \(textShingle) \(codeShingle)" }
}

/// Shares of the splits.
struct SplitRecipe: Sendable {
    let valid: Double
    let test: Double
    /// Similarity to a document of another split from which a document of `valid` or `test` goes to `train`.
    let neighbours: Double?

    init(_ reader: RecipeReader) throws {
        valid = try reader.double("split.valid", in: 0...0.5, default: 0.01)
        test = try reader.double("split.test", in: 0...0.5, default: 0)
        neighbours = try reader.optionalDouble("split.neighbours", in: 0.1...1)
    }
}

/// What is kept out of the corpus.
struct DecontaminationRecipe: Sendable {
    struct Set: Sendable {
        let files: [PathPattern]
        let folder: String
        let format: EvaluationTexts.Format?
        let fields: [String]
    }

    let length: Int
    let action: Decontamination.Action
    let sets: [Set]

    init(_ reader: RecipeReader) throws {
        length = try reader.integer("decontaminate.words", in: 5...50, default: 13)
        action = try reader.choice("decontaminate.action", default: .paragraph)
        let table = try reader.optionalTable("decontaminate")
        sets = try (table?.tables("sets") ?? []).map { set in
            let files = try set.strings("files")
            guard !files.isEmpty else { throw set.error("files", "is missing, expected paths of evaluation sets") }
            return Set(
                files: files.map(PathPattern.init), folder: try set.string("path", default: ""),
                format: try set.optionalChoice("format"), fields: try set.strings("fields"))
        }
    }
}

extension QualityFilter {
    fileprivate init(_ reader: RecipeReader, _ key: String, default value: QualityFilter) throws(RecipeError) {
        minimumBytes = try reader.integer("\(key).minimum-bytes", in: 1...1 << 30, default: value.minimumBytes)
        maximumSymbols = try reader.double("\(key).maximum-symbols", in: 0...1, default: value.maximumSymbols)
        let least = try reader.double("\(key).minimum-word-length", in: 0...100, default: value.wordLength.lowerBound)
        let most = try reader.double("\(key).maximum-word-length", in: 0...1e6, default: value.wordLength.upperBound)
        guard least <= most else {
            throw reader.error(
                "\(key).maximum-word-length", "expected at least minimum-word-length, \(least), found \(most)")
        }
        wordLength = least...most
        maximumRepeatedLines = try reader.double(
            "\(key).maximum-repeated-lines", in: 0...1, default: value.maximumRepeatedLines)
        maximumLineLength = try reader.double(
            "\(key).maximum-line-length", in: 1...1e9, default: value.maximumLineLength)
        minimumLetters = try reader.double("\(key).minimum-letters", in: 0...1, default: value.minimumLetters)
    }
}
