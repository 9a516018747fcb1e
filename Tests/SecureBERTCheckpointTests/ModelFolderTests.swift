import SecureBERTCheckpoint
import SecureBERTJSON
import Testing
import TestSupport

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite struct ModelFolderTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.write(
            "config.json", #"{"model_type":"bert","vocab_size":10,"hidden_size":8,"num_attention_heads":2}"#)
        try folder.write(
            "model.safetensors", SafetensorsBytes.floats([("embeddings.word_embeddings.weight", [10, 8])]))
    }

    private func open() throws -> ModelFolder { try ModelFolder(path: folder.path) }

    private func refusal() throws -> CheckpointError {
        try #require(throws: CheckpointError.self) { try open() }
    }

    private func modules(_ members: [(type: String, path: String)]) throws {
        let items = members.map { #"{"idx":0,"name":"x","path":"\#($0.path)","type":"\#($0.type)"}"# }
        try folder.write("modules.json", "[\(items.joined(separator: ","))]")
    }

    @Test func opensEveryFixture() throws {
        let names = try FolderNames.of("\(Fixtures.path)/models")
        #expect(names.count > 10)
        for name in names {
            let model = try ModelFolder(path: Fixtures.model(name))
            #expect(try !model.weights().tensorNames.isEmpty, "\(name)")
            #expect(
                model.tokenizerFiles.kind != nil && model.sentenceEncoder == nil || name.hasPrefix("st-"), "\(name)")
            #expect(try ModelSummary(model).json["modelType"]?.stringValue == model.configuration.modelType)
        }
    }

    @Test func readsSentenceTransformers() throws {
        let dense = try #require(ModelFolder(path: Fixtures.model("st-cls-dense")).sentenceEncoder)
        #expect(dense.pooling.modes == [.cls] && dense.outputSize == 24)
        guard case .dense(let layer)? = dense.steps.first else { throw WrongStep() }
        #expect(layer.activation == .tanh && layer.hasBias)
        #expect(try layer.weights.open().tensorDescription(named: "linear.weight")?.shape.dimensions == [24, 32])

        let prompts = try #require(ModelFolder(path: Fixtures.model("st-prompts")).sentenceEncoder)
        #expect(prompts.pooling.modes == [.cls, .mean] && !prompts.pooling.includesPrompt && prompts.outputSize == 64)
        #expect(
            prompts.steps == [.normalize] && prompts.defaultPromptName == "document" && prompts.similarity == .cosine)
        #expect(prompts.prompts.first?.name == "query" && prompts.prompts.first?.text == "Which report answers: ")
    }

    private struct WrongStep: Error {}

    @Test func readsOldSentenceTransformers() throws {
        try folder.write("0_BERT/config.json", #"{"model_type":"bert","hidden_size":8,"num_attention_heads":2}"#)
        try folder.write("0_BERT/pytorch_model.bin", "x")
        try folder.write("0_BERT/sentence_bert_config.json", #"{"max_seq_length":128,"do_lower_case":true}"#)
        try folder.write("0_BERT/tokenizer_config.json", #"{"model_max_length":1000000000000000019884624838656}"#)
        try folder.write(
            "1_Pooling/config.json",
            #"{"word_embedding_dimension":8,"pooling_mode_max_tokens":true,"pooling_mode_mean_tokens":true}"#)
        try modules([
            ("sentence_transformers.models.BERT", "0_BERT"), ("sentence_transformers.models.Pooling", "1_Pooling"),
        ])
        #expect(try refusal().code == .unsupported)
        try modules([
            ("sentence_transformers.models.Transformer", "0_BERT"),
            ("sentence_transformers.models.Pooling", "1_Pooling"),
            ("sentence_transformers.models.Normalize", "2_Normalize"),
        ])
        let model = try open()
        #expect(model.modelPath.hasSuffix("/0_BERT") && model.maximumSequenceLength == 128 && model.lowercasesText)
        #expect(model.sentenceEncoder?.pooling.modes == [.max, .mean] && model.sentenceEncoder?.outputSize == 16)
        #expect(model.weightFiles.format == "pickle")
    }

    @Test func refusesModulesOfOthersAndPathsOutOfTheFolder() throws {
        try modules([("modeling.CustomTransformer", "")])
        #expect(try refusal().code == .unsafe)
        #expect(try refusal().problem.contains("never runs code"))
        try modules([("sentence_transformers.models.CNN", "")])
        #expect(try refusal().code == .unsupported)
        for path in ["../other", "/etc", "a/../../b", "a\\\\b", "./x", "a//b"] {
            try modules([("sentence_transformers.models.Transformer", path)])
            #expect(try refusal().code == .unsafe, "\(path)")
        }
        let outside = try TemporaryFolder()
        try folder.link("linked", to: outside.path)
        try modules([("sentence_transformers.models.Transformer", "linked")])
        #expect(try refusal().code == .unsafe)
        for text in ["{}", "[]", "[1]", "[{}]", #"[{"type":1,"path":""}]"#] {
            try folder.write("modules.json", text)
            #expect(try refusal().code == .malformed)
        }
        try modules([("sentence_transformers.models.Pooling", "")])
        #expect(try refusal().code == .unsupported)
    }

    @Test(arguments: [
        #"{"word_embedding_dimension":9,"pooling_mode_mean_tokens":true}"#, #"{"pooling_mode":"median"}"#,
        #"{"pooling_mode":[]}"#, #"{"pooling_mode":["cls","cls"]}"#, #"{"pooling_mode":3}"#,
        #"{"pooling_mode_mean_tokens":"yes"}"#, "[]",
    ])
    func refusesBadPooling(text: String) throws {
        try modules([
            ("sentence_transformers.models.Transformer", ""), ("sentence_transformers.models.Pooling", "1_Pooling"),
        ])
        try folder.write("1_Pooling/config.json", text)
        #expect(try refusal().file.hasSuffix("1_Pooling/config.json"))
    }

    @Test(arguments: [
        #"{"in_features":9,"out_features":4}"#, #"{"in_features":8,"out_features":0}"#, #"{"in_features":8}"#,
        #"{"in_features":8,"out_features":4,"activation_function":"os.system"}"#,
        #"{"in_features":8,"out_features":4,"module_input_name":"token_embeddings"}"#,
        #"{"in_features":8,"out_features":4,"use_residual":true}"#,
    ])
    func refusesBadDenseLayers(text: String) throws {
        try modules([
            ("sentence_transformers.models.Transformer", ""), ("sentence_transformers.models.Pooling", "1_Pooling"),
            ("sentence_transformers.models.Dense", "2_Dense"),
        ])
        try folder.write("1_Pooling/config.json", "{}")
        try folder.write("2_Dense/config.json", text)
        #expect(try refusal().file.hasSuffix("2_Dense/config.json"))
    }

    @Test func readsCrossEncoderActivations() throws {
        func activation(_ name: String) throws -> ActivationFunction {
            try ModelFolder(path: Fixtures.model(name)).configuration.shared.scoreActivation
        }
        #expect(try activation("ce-default") == .sigmoid)
        #expect(try activation("ce-sigmoid") == .sigmoid)
        #expect(try activation("ce-legacy") == .identity)
        #expect(try activation("bert-token") == .identity)
        try folder.write("config.json", #"{"model_type":"bert","sbert_ce_default_activation_function":"os.system"}"#)
        #expect(try refusal().code == .unsupported)
    }

    @Test func prefersSafetensorsAndSaysWhatIsMissing() throws {
        try folder.write("pytorch_model.bin", "x")
        #expect(try open().weightFiles.format == "safetensors")
        unlink(folder.file("model.safetensors"))
        #expect(try open().weightFiles == .pickle(path: folder.file("pytorch_model.bin")))
        unlink(folder.file("pytorch_model.bin"))
        let none = try refusal()
        #expect(none.code == .notFound && none.problem.contains("model.safetensors.index.json"))
        try folder.write("tf_model.h5", "x")
        #expect(try refusal().problem.contains("only TensorFlow weights"))
        unlink(folder.file("config.json"))
        #expect(try refusal().description == "\(folder.path)/config.json: does not exist")
    }

    @Test func filesThatAreNotFilesAreNamed() throws {
        unlink(folder.file("config.json"))
        try folder.makeFolder("config.json")
        #expect(try refusal().problem == "is a directory, expected a file")
        let file = try #require(throws: CheckpointError.self) {
            try ModelFolder(path: folder.file("model.safetensors"))
        }
        #expect(file.problem == "is a file, expected the folder of a model")
        let missing = try #require(throws: CheckpointError.self) { try ModelFolder(path: folder.file("none")) }
        #expect(missing.code == .notFound)
    }

    @Test func namedPipesAndHugeConfigurationsDoNotHang() throws {
        unlink(folder.file("config.json"))
        mkfifo(folder.file("config.json"), 0o644)
        #expect(try refusal().problem == "is not a regular file")
        unlink(folder.file("config.json"))
        try folder.write("config.json", [UInt8](repeating: UInt8(ascii: "["), count: 9 << 20))
        #expect(try refusal().code == .limitExceeded)
        try folder.write("config.json", "")
        #expect(try refusal().problem.contains("incomplete download"))
    }

    @Test func unreadableFilesAreNamed() async throws {
        // Root reads everything, so the check gives up its rights first, in another process.
        let path = try folder.write("secret.safetensors", SafetensorsBytes.floats([("a", [1])]))
        chmod(path, 0)
        chmod(folder.path, 0o755)
        await #expect(processExitsWith: .exitCode(42)) { [path = path as String] in
            if getuid() == 0 { setuid(65534) }
            do {
                _ = try SafetensorsFile(path: path)
            } catch let error as CheckpointError
                where error.code == .unreadable && error.problem.contains("Permission denied")
            {
                exit(42)
            }
        }
    }

    @Test func readsLicences() throws {
        func card(_ text: String) -> ModelCard { ModelCard(text: text) }
        #expect(card("---\nlanguage: en\nlicense: apache-2.0\n---\ntext").license == "apache-2.0")
        #expect(card("---\r\nlicense: \"mit\" # comment\r\n---\r\n").license == "mit")
        #expect(card("---\nlicense:\n- cc-by-nc-4.0\n---\n").isNonCommercial)
        #expect(card("---\nlicense: other\nlicense_name: acme-noncommercial\n---\n").isNonCommercial)
        #expect(!card("---\nlicense: bsd-3-clause-clear\n---\n").isNonCommercial)
        #expect(card("---\nlicense: bigscience-openrail-m\n---\n").notice?.contains("restricts") == true)
        #expect(
            card("license: mit\n").license == nil && card("---\nlicense: mit\n").license == nil
                && card("").license == nil)
        #expect(card("---\nlicense:\n---").license == nil)
    }

    @Test func summarizes() throws {
        let model = try ModelFolder(path: Fixtures.model("modernbert-token"))
        let summary = try ModelSummary(model)
        #expect(summary.json["modelType"]?.stringValue == "modernbert")
        #expect(summary.json["parameters"]?.integerValue ?? 0 > 1000)
        #expect(summary.json["weightTypes"]?.arrayValue?.first?.stringValue?.isEmpty == false)
        #expect(summary.json["labels"]?.arrayValue?.count == model.configuration.shared.labels.count)
        #expect(summary.text.contains("Parameters") && summary.text.contains("Licence"))
        #expect(!summary.text.contains("\n\n"))
    }
}

/// The names in a folder.
private enum FolderNames {
    static func of(_ path: String) throws -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }
}
