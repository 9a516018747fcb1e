import SecureBERT
import SecureBERTCheckpoint
import SecureBERTTensor
import SecureBERTTokenizers
import SecureBERTTraining
import TestSupport
import Testing

/// A model with a new vocabulary.
@Suite struct VocabularyAdaptationTests {
    private func replacement(_ tokenizer: Tokenizer) throws -> VocabularyReplacement {
        let splitting = try #require(tokenizer.textSplitting)
        var counts = PretokenCounts()
        let reader = try TextFiles(paths: ["\(Fixtures.path)/training/texts.jsonl"])
        try reader.forEach { try splitting.count($0.text, into: &counts) }
        return try VocabularyReplacement(tokenizer, counts: counts)
    }

    private func rows(_ folder: ModelFolder, _ name: String) throws -> [[Float]] {
        let table = try Compute(threads: 1).float32(folder.weights().tensor(named: name))
        let width = table.shape.rank == 1 ? 1 : table.shape[1]
        let elements = try table.floats()
        return (0..<table.shape[0]).map { Array(elements[$0 * width..<($0 + 1) * width]) }
    }

    @Test(arguments: [
        ("roberta-mlm", ["roberta.embeddings.word_embeddings.weight", "lm_head.bias"]),
        ("roberta-mlm-legacy", ["roberta.embeddings.word_embeddings.weight", "lm_head.bias"]),
        ("modernbert-mlm-old", ["model.embeddings.tok_embeddings.weight", "decoder.bias"]),
        ("modernbert-mlm-new", ["model.embeddings.tok_embeddings.weight", "decoder.weight", "decoder.bias"]),
    ])
    func keepsSharedRowsAndAveragesTheOthers(name: String, tables: [String]) throws {
        let old = try ModelFolder(path: Fixtures.model(name))
        let replacement = try replacement(Tokenizer(folder: old.path))
        let temporary = try TemporaryFolder()
        let compute = try Compute(threads: 1)
        let output = temporary.file("adapted")
        try AtomicFolder.write(output) {
            try VocabularyAdaptation(old, replacement, noise: 0).write(to: $0, compute: compute)
        }
        #expect(temporary.names() == ["adapted"])
        let new = try ModelFolder(path: output)
        for table in tables {
            let (before, after) = (try rows(old, table), try rows(new, table))
            for (id, row) in after.enumerated() {
                switch replacement.origins[Int32(id)] {
                case nil: #expect(row == before[id])
                case .shared(let oldID): #expect(row == before[Int(oldID)])
                case .pieces(let ids):
                    let mean = row.indices.map { column in
                        ids.reduce(0) { $0 + before[Int($1)][column] } / Float(ids.count)
                    }
                    expectClose(row, mean, "row \(id) of \(table) of \(name)")
                }
            }
        }
        // Everything else is as it was, and the model runs.
        for tensor in try new.weights().tensorDescriptions where tensor.shape.dimensions.first != 400 {
            let (before, after) = (
                try old.weights().tensor(named: tensor.name), try new.weights().tensor(named: tensor.name)
            )
            #expect(before.bytes.elementsEqual(after.bytes), "\(tensor.name)")
        }
        let model = try PretrainedModel(path: output)
        #expect(try FillMask(model)("The <mask> of the advisory.").first?.predictions.count == 5)
    }

    private func expectClose(_ found: [Float], _ expected: [Float], _ label: String) {
        let error = zip(found, expected).map { abs($0 - $1) }.max() ?? 0
        #expect(error < 1e-3, "\(label)")
    }

    @Test func noiseIsSmallAndTheSameForTheSameSeed() throws {
        let old = try ModelFolder(path: Fixtures.model("modernbert-mlm-old"))
        let replacement = try replacement(Tokenizer(folder: old.path))
        let temporary = try TemporaryFolder()
        let compute = try Compute(threads: 1)
        func table(_ noise: Double, _ seed: UInt64, _ name: String) throws -> [[Float]] {
            try AtomicFolder.write(temporary.file(name)) {
                try VocabularyAdaptation(old, replacement, noise: noise, seed: seed).write(to: $0, compute: compute)
            }
            return try rows(ModelFolder(path: temporary.file(name)), "model.embeddings.tok_embeddings.weight")
        }
        let (plain, noisy, other) = (try table(0, 1, "a"), try table(0.1, 1, "b"), try table(0.1, 2, "c"))
        #expect(try table(0.1, 1, "d") == noisy)
        #expect(other != noisy)
        let elements = plain.flatMap { $0 }
        let mean = elements.reduce(0, +) / Float(elements.count)
        let deviation = (elements.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(elements.count)).squareRoot()
        var differences: [Float] = []
        for (id, row) in noisy.enumerated() {
            let difference = zip(row, plain[id]).map { $0 - $1 }
            if case .pieces = replacement.origins[Int32(id)] {
                differences += difference
            } else {
                #expect(difference.allSatisfy { $0 == 0 })
            }
        }
        let square = differences.reduce(0) { $0 + $1 * $1 } / Float(differences.count)
        #expect(abs(square.squareRoot() / (0.1 * deviation) - 1) < 0.1)
    }

    @Test func nothingIsOverwritten() throws {
        let temporary = try TemporaryFolder()
        try temporary.write("there/file", "x")
        #expect { try AtomicFolder.write(temporary.file("there")) { _ in } } throws: {
            "\($0)".contains("already exists")
        }
        struct Failure: Error {}
        #expect(throws: Failure.self) {
            try AtomicFolder.write(temporary.file("new")) { folder in
                try AtomicFile.write([1], to: folder + "/a")
                throw Failure()
            }
        }
        #expect(temporary.names() == ["there"])
        // A program that is stopped knows what to remove, and what is removed meanwhile does not come back.
        #expect(throws: CheckpointError.self) {
            try AtomicFolder.write(temporary.file("new")) { folder in
                try temporary.makeFolder("\(folder.split(separator: "/").last ?? "")/model")
                try AtomicFile.write([1], to: folder + "/model/a")
                #expect(UnfinishedWork.forget(folder))
                #expect(UnfinishedWork.remove(folder))
                try AtomicFile.write([1], to: folder + "/b")
            }
        }
        #expect(temporary.names() == ["there"])
        try temporary.makeFolder("empty")
        try AtomicFolder.write(temporary.file("empty/")) { try AtomicFile.write([1], to: $0 + "/a") }
        #expect(temporary.names(in: "empty") == ["a"])
    }
}
