import SecureBERTJSON
import SecureBERTTokenizers
import TestSupport
import Testing

/// A new vocabulary in the place of a model's own.
@Suite struct VocabularyReplacementTests {
    @Test(arguments: ["roberta-mlm", "modernbert-mlm-old", "roberta-mlm-legacy"])
    func keepsSizeAndSpecialTokens(model: String) throws {
        let old = try Tokenizer(folder: Fixtures.model(model))
        let texts = try BytePairTrainerTests.texts()
        let splitting = try #require(old.textSplitting)
        let replacement = try VocabularyReplacement(old, counts: BytePairTrainerTests.counts(texts, splitting))
        let folder = try TemporaryFolder()
        for name in ["tokenizer_config.json", "special_tokens_map.json"] {
            try folder.write(name, Fixtures.bytes("models/\(model)/\(name)"))
        }
        if model == "roberta-mlm-legacy" {
            try folder.write("vocab.json", replacement.vocabularyFile)
            try folder.write("merges.txt", replacement.mergesFile)
        } else {
            let file = "models/\(model)/tokenizer.json"
            try folder.write(
                "tokenizer.json", replacement.rewriting(tokenizerJSON: Fixtures.bytes(file), file: file))
        }
        let new = try Tokenizer(folder: folder.path)
        #expect(new.specialTokens == old.specialTokens)
        #expect(new.vocabularySize == old.vocabularySize)
        #expect(new.idBound == old.idBound)
        #expect(new.textSplitting == splitting)
        let special = ["roberta-mlm-legacy": 5, "roberta-mlm": 5][model]
        if let special { #expect(replacement.origins.count == old.vocabularySize - special) }
        for (id, origin) in replacement.origins {
            let token = try #require(new.token(id))
            switch origin {
            case .shared(let oldID): #expect(old.token(oldID) == token)
            case .pieces(let ids):
                #expect(ids.count > 1)
                #expect(ids.compactMap { old.token($0) }.joined() == token)
                #expect(old.id(of: token) == nil)
            }
        }
        // The new vocabulary fits the text better than the old one.
        let length = { (tokenizer: Tokenizer) in try texts.reduce(0) { $0 + (try tokenizer.encode($1).count) } }
        #expect(try length(new) < length(old))
    }

    @Test func refusesOtherKindsAndTooLittleText() throws {
        let bert = try Tokenizer(folder: Fixtures.model("bert-mlm"))
        #expect(bert.textSplitting == nil)
        let counts = try BytePairTrainerTests.counts(["a few words"])
        #expect { try VocabularyReplacement(bert, counts: counts) } throws: {
            "\($0)".contains("byte-level BPE")
        }
        let roberta = try Tokenizer(folder: Fixtures.model("roberta-mlm"))
        #expect { try VocabularyReplacement(roberta, counts: counts) } throws: { "\($0)".contains("give more text") }
    }
}
