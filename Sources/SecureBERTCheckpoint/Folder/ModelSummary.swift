import SecureBERTJSON

/// A model folder at a glance, for people (``text``) and programs (``json``).
public struct ModelSummary: Sendable {
    /// One line: what it is called in JSON, what in text, and its value.
    private struct Row: Sendable {
        let key: String
        let title: String
        let value: JSON
        var text: String?
    }

    private let rows: [Row]

    /// Reads what is needed of a folder: its small files and the weights' header.
    /// - Throws: ``CheckpointError`` when the weights cannot be opened.
    public init(_ folder: ModelFolder) throws(CheckpointError) {
        let shared = folder.configuration.shared
        let source = try folder.weights()
        let tensors = source.tensorDescriptions
        let parameters = tensors.filter { !WeightReader.isBuffer($0.name) }
        let parameterCount = parameters.reduce(0) { $0 + $1.shape.count }
        let byteCount = tensors.reduce(0) { $0 + $1.byteCount }
        var types: [String: Int] = [:]
        for tensor in parameters { types[tensor.storedType, default: 0] += tensor.shape.count }
        let typeNames = types.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)

        var rows = [
            Row(key: "path", title: "Folder", value: .string(folder.path)),
            Row(key: "modelType", title: "Model type", value: .string(folder.configuration.modelType)),
            Row(
                key: "architectures", title: "Architecture", value: .array(shared.architectures.map(JSON.string)),
                text: shared.architectures.map(\.printable).joined(separator: ", ")),
            Row(
                key: "parameters", title: "Parameters", value: .integer(parameterCount),
                text: "\(Self.grouped(parameterCount)) in \(tensors.count) tensors, \(Self.grouped(byteCount)) bytes"),
            Row(key: "tensors", title: "", value: .integer(tensors.count)),
            Row(key: "weightBytes", title: "", value: .integer(byteCount)),
            Row(key: "weightFormat", title: "Weights", value: .string(folder.weightFiles.format)),
        ]
        if let adapter = folder.adapter {
            rows.append(
                Row(
                    key: "adapter", title: "Adapter",
                    value: ["rank": .integer(adapter.configuration.rank), "model": .string(folder.modelPath)],
                    text: "LoRA of rank \(adapter.configuration.rank) on \(folder.modelPath.printable)"))
        }
        rows += [
            Row(
                key: "weightTypes", title: "Stored as", value: .array(typeNames.map(JSON.string)),
                text: typeNames.map(\.printable).joined(separator: ", ")),
            Row(key: "layers", title: "Layers", value: .integer(shared.layerCount)),
            Row(key: "hiddenSize", title: "Hidden size", value: .integer(shared.hiddenSize)),
            Row(key: "heads", title: "Attention heads", value: .integer(shared.headCount)),
            Row(key: "intermediateSize", title: "Feed-forward size", value: .integer(shared.intermediateSize)),
            Row(key: "vocabularySize", title: "Vocabulary", value: .integer(shared.vocabularySize)),
            Row(
                key: "maximumTokens", title: "Longest input", value: .integer(Self.maximumTokens(folder)),
                text: "\(Self.maximumTokens(folder)) tokens"),
        ]
        if case .modernBert(let configuration) = folder.configuration {
            let global = configuration.attention.count { $0 == .full }
            rows.append(
                Row(
                    key: "attention", title: "Attention",
                    value: [
                        "globalLayers": .integer(global), "localLayers": .integer(shared.layerCount - global),
                        "localRadius": .integer(configuration.localAttentionRadius),
                    ],
                    text: """
                        \(global) global layers, \(shared.layerCount - global) local ones that see \
                        \(configuration.localAttentionRadius) tokens to each side
                        """))
        }
        rows.append(
            Row(
                key: "tokenizer", title: "Tokenizer", value: folder.tokenizerFiles.kind.map(JSON.string) ?? .null,
                text: folder.tokenizerFiles.kind ?? "none"))
        rows += Self.taskRows(folder)
        if let row = try Self.ngramRow(folder) { rows.append(row) }
        rows += Self.licenceRows(folder.card)
        rows.append(
            Row(
                key: "locked", title: "models.lock", value: .bool(folder.isLocked),
                text: folder.isLocked ? "every file is as recorded" : "none"))
        self.rows = rows
    }

    private static func maximumTokens(_ folder: ModelFolder) -> Int {
        min(folder.configuration.maximumTokens, folder.maximumSequenceLength ?? .max)
    }

    private static func taskRows(_ folder: ModelFolder) -> [Row] {
        let shared = folder.configuration.shared
        var rows: [Row] = []
        if shared.head == .sequenceClassification || shared.head == .tokenClassification {
            let names = shared.labels.prefix(12).map(\.printable).joined(separator: ", ")
            let rest = shared.labels.count > 12 ? " and \(shared.labels.count - 12) more" : ""
            rows.append(
                Row(
                    key: "labels", title: "Labels", value: .array(shared.labels.map(JSON.string)),
                    text: "\(shared.labels.count): \(names)\(rest)"))
        }
        guard let encoder = folder.sentenceEncoder else { return rows }
        let pooling = encoder.pooling.modes.map { "\($0.rawValue) pooling" }
        var steps: [String] = []
        for step in encoder.steps {
            switch step {
            case .dense(let dense): steps.append("dense \(dense.inputSize) -> \(dense.outputSize)")
            case .normalize: steps.append("normalize")
            }
        }
        rows.append(
            Row(
                key: "sentenceEncoder", title: "Sentence encoder",
                value: [
                    "pooling": .array(encoder.pooling.modes.map { .string($0.rawValue) }),
                    "steps": .array(steps.map(JSON.string)), "dimensions": .integer(encoder.outputSize),
                    "similarity": .string(encoder.similarity.rawValue),
                    "prompts": .object(.init(encoder.prompts.map { ($0.name, .string($0.text)) })),
                ],
                text:
                    "\((pooling + steps).joined(separator: ", ")); \(encoder.outputSize) dimensions, \(encoder.similarity.rawValue)"
            ))
        return rows
    }

    /// What is added to a classifier's logits; nil when there is nothing.
    private static func ngramRow(_ folder: ModelFolder) throws(CheckpointError) -> Row? {
        let path = FileSystem.join(folder.path, ModelFolder.ngramsFileName)
        guard FileSystem.kind(of: path) != nil else { return nil }
        let file = try SafetensorsFile(path: path)
        let order = file.metadata.first { $0.key == "order" }.flatMap { Int($0.value) } ?? 0
        let buckets = file.tensorDescription(named: "idf")?.shape.count ?? 0
        return Row(
            key: "ngrams", title: "N-grams", value: ["order": .integer(order), "buckets": .integer(buckets)],
            text: "up to \(order) tokens in \(grouped(buckets)) buckets, added to the logits")
    }

    private static func licenceRows(_ card: ModelCard?) -> [Row] {
        let name = card?.licenseName ?? card?.license
        var text = name?.printable ?? "not stated"
        if let notice = card?.notice { text += " (\(notice))" }
        return [
            Row(key: "license", title: "Licence", value: name.map(JSON.string) ?? .null, text: text),
            Row(key: "nonCommercial", title: "", value: .bool(card?.isNonCommercial ?? false)),
        ]
    }

    /// All facts as one JSON object.
    public var json: JSON { .object(.init(rows.map { ($0.key, $0.value) })) }

    /// One line a fact, in two columns.
    public var text: String {
        let shown = rows.filter { !$0.title.isEmpty }
        let width = shown.map(\.title.utf8.count).max() ?? 0
        return shown.map { row in
            let padding = String(repeating: " ", count: width - row.title.utf8.count + 2)
            let value = row.text ?? row.value.stringValue?.printable ?? row.value.integerValue.map(Self.grouped) ?? ""
            return row.title + padding + value
        }.joined(separator: "\n")
    }

    /// A number with a separator every three digits: 149,014,272.
    private static func grouped(_ number: Int) -> String {
        var out = ""
        let digits = String(number)
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { out.append(",") }
            out.append(digit)
        }
        return out
    }
}
