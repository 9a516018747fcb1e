import ArgumentParser
import SecureBERT
import SecureBERTCheckpoint
import SecureBERTJSON
import SecureBERTModels
import SecureBERTTensor

/// `securebert encode`: hidden states and logits as they come out of the model.
struct EncodeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "encode",
        abstract: "Write a model's hidden states and logits to a safetensors file.",
        usage: "securebert encode [<options>] --output <file>",
        discussion: """
            Each line of the input is {"text", "text_pair"?}, or {"ids", "type_ids"?} to be used as is. The file holds \
            hidden.<i> [tokens, hidden] for line i and, for a model with a head, logits.<i>: [tokens, vocabulary or \
            labels], for whole texts [labels], or for question answering start.<i> and end.<i> [tokens].

            EXAMPLES
              securebert encode -m DIR --input texts.jsonl --output states.safetensors
              echo '{"ids": [0, 713, 2]}' | securebert encode -m DIR --output o.safetensors
            """)

    @Option(help: ArgumentHelp("The texts; - is the standard input.", valueName: "file"), completion: .file())
    var input = "-"

    @Option(help: ArgumentHelp("The safetensors file to write.", valueName: "file"), completion: .file())
    var output: String

    @Option(help: ArgumentHelp("Format of the input. Default: jsonl.", valueName: "format"))
    var inputFormat: InputFormat?

    @Flag(help: "Cut inputs that are longer than the model, instead of refusing them.")
    var truncate = false

    @OptionGroup var model: ModelOptions
    @OptionGroup var messages: MessageOptions

    func run() throws {
        let path = try OutputPath.check(output)
        let model = try model.load(messages)
        var rows: [EncodeRow] = []
        var records = RecordReader([input], format: inputFormat, fallback: .jsonl, acceptsIDs: true)
        while let record = try records.next() { rows.append(try EncodeRow(record, model, truncate: truncate)) }
        let outputs = ModelOutputs(model.transformer)
        let writer = try SafetensorsWriter(
            path: path, tensors: try rows.enumerated().flatMap { try outputs.entries($0.offset, $0.element) })
        let total = rows.reduce(0) { $0 + $1.ids.count }
        try write(rows, total, model, outputs, to: writer)
        try writer.finish()
        messages.note("wrote \(output.visible): \(total.grouped) tokens of \(rows.count.counted("input"))")
    }

    private func write(
        _ rows: [EncodeRow], _ total: Int, _ model: PretrainedModel, _ outputs: ModelOutputs,
        to writer: SafetensorsWriter
    ) throws {
        let progress = ProgressBar("encode", total: total, unit: .tokens, isEnabled: !messages.quiet)
        defer { progress.finish() }
        var (start, done) = (0, 0)
        while start < rows.count {
            progress.update(completed: done)
            var end = start + 1
            var tokens = rows[start].ids.count
            while end < rows.count, tokens + rows[end].ids.count <= PretrainedModel.tokenBudget {
                tokens += rows[end].ids.count
                end += 1
            }
            let batch = try TokenBatch(rows[start..<end].map(\.ids), typeIDs: rows[start..<end].map(\.typeIDs))
            let hidden = try model.transformer.encoder(batch, model.compute)
            for row in start..<end {
                let states = try hidden.rows(batch.sequences[row - start])
                for (name, tensor) in try outputs.tensors(row, states, model.compute) {
                    try writer.write(tensor, named: name)
                }
            }
            (start, done) = (end, done + tokens)
        }
    }
}

/// One input of `encode` as token ids.
struct EncodeRow {
    let ids: [Int32]
    let typeIDs: [Int32]

    /// - Throws: ``CommandLineError`` naming the line when it is longer than the model or has ids outside the vocabulary.
    init(_ record: TextRecord, _ model: PretrainedModel, truncate: Bool) throws {
        let limit = model.transformer.encoder.maximumTokens
        if let value = record.members["ids"], !value.isNull {
            let ids = try Self.integers(value, "ids", below: model.folder.configuration.shared.vocabularySize, record)
            let types = record.members["type_ids"].flatMap { $0.isNull ? nil : $0 }
            let typeIDs = try types.map { try Self.integers($0, "type_ids", below: 256, record) }
            guard typeIDs.map({ $0.count == ids.count }) ?? true else {
                throw CommandLineError(
                    .badInput,
                    "\(record.place): \"type_ids\" has \(typeIDs?.count ?? 0) elements, expected \(ids.count) as \"ids\""
                )
            }
            try Self.check(ids.count, limit, record, truncate)
            self.ids = Array(ids.prefix(limit))
            self.typeIDs = Array((typeIDs ?? Array(repeating: 0, count: ids.count)).prefix(limit))
            return
        }
        var encoding = try model.tokenizer.encode(record.text, pair: record.pair)
        try Self.check(encoding.count, limit, record, truncate)
        if encoding.count > limit {
            encoding = try model.tokenizer.encode(
                record.text, pair: record.pair, truncation: .init(maximumLength: limit))
        }
        (ids, typeIDs) = (encoding.ids, encoding.typeIDs)
    }

    private static func check(_ count: Int, _ limit: Int, _ record: TextRecord, _ truncate: Bool) throws {
        guard count > limit, !truncate else { return }
        throw CommandLineError(
            .badInput, "\(record.place): has \(count) tokens, the model takes at most \(limit)",
            hint: "--truncate, or split the text")
    }

    private static func integers(
        _ value: JSON, _ key: String, below bound: Int, _ record: TextRecord
    ) throws -> [Int32] {
        guard let elements = value.arrayValue else {
            throw CommandLineError(.badInput, "\(record.place): \"\(key)\" is \(value.kind), expected an array")
        }
        return try elements.enumerated().map { index, element in
            guard let number = element.integerValue, (0..<bound).contains(number) else {
                throw CommandLineError(
                    .badInput,
                    "\(record.place): \"\(key)\"[\(index)] is \(element.text.visible.shortened(to: 40)), expected 0 to \(bound - 1)"
                )
            }
            return Int32(number)
        }
    }
}
