import SecureBERTCheckpoint
import SecureBERTJSON
import Testing
import TestSupport

@Suite struct ModelConfigurationTests {
    private func read(_ text: String) throws -> ModelConfiguration {
        try ModelConfiguration(json: JSON.parse(text))
    }

    private func bert(_ text: String) throws -> BertConfiguration {
        guard case .bert(let configuration) = try read(text) else { throw Wrong() }
        return configuration
    }

    private func modernBert(_ members: String) throws -> ModernBertConfiguration {
        let text = #"{"model_type":"modernbert"\#(members.isEmpty ? "" : ",")\#(members)}"#
        guard case .modernBert(let configuration) = try read(text) else { throw Wrong() }
        return configuration
    }

    private struct Wrong: Error {}

    private func refusal(_ text: String) throws -> CheckpointError {
        try #require(throws: CheckpointError.self) { try read(text) }
    }

    @Test func readsRoberta() throws {
        let configuration = try bert(
            """
            {"model_type":"roberta","architectures":["RobertaForMaskedLM"],"vocab_size":50265,"hidden_size":768,
            "num_hidden_layers":12,"num_attention_heads":12,"intermediate_size":3072,"hidden_act":"gelu",
            "max_position_embeddings":514,"type_vocab_size":1,"layer_norm_eps":1e-05,"pad_token_id":1,
            "torch_dtype":"float32","auto_map":null}
            """)
        #expect(configuration.isRoberta && configuration.positionOffset == 2 && configuration.maximumTokens == 512)
        #expect(configuration.shared.headSize == 64 && configuration.typeVocabularySize == 1)
        #expect(configuration.shared.layerNormEpsilon == 1e-5)
        #expect(configuration.shared.head == .maskedLanguageModel && configuration.shared.declaredType == "float32")
        #expect(configuration.shared.labels == ["LABEL_0", "LABEL_1"])
    }

    @Test func readsBertWithTheReferenceDefaults() throws {
        let configuration = try bert(#"{"model_type":"bert","hidden_act":"gelu_new"}"#)
        #expect(!configuration.isRoberta && configuration.positionOffset == 0 && configuration.maximumTokens == 512)
        #expect(configuration.shared.layerNormEpsilon == 1e-12 && configuration.shared.vocabularySize == 30_522)
        #expect(configuration.shared.activation == .geluTanh)
    }

    @Test func readsFilesOlderThanModelType() throws {
        let old = #"{"hidden_act":"gelu","hidden_size":768,"type_vocab_size":2,"vocab_size":31090}"#
        #expect(try read(old).modelType == "bert")
        #expect(try read(#"{"architectures":["RobertaModel"],"vocab_size":9}"#).modelType == "roberta")
        #expect(try refusal(#"{"vocab_size":9}"#).problem.contains("\"model_type\" is missing"))
    }

    @Test func readsModernBertOfTheFirstGeneration() throws {
        let configuration = try modernBert(
            """
            "num_hidden_layers":5,"global_attn_every_n_layers":3,"local_attention":128,"global_rope_theta":160000.0,
            "local_rope_theta":10000.0,"norm_bias":false,"classifier_pooling":"mean","decoder_bias":true,"norm_eps":1e-05
            """)
        #expect(configuration.attention == [.full, .sliding, .sliding, .full, .sliding])
        #expect(configuration.localAttentionRadius == 64)
        #expect(configuration.globalRopeTheta == 160_000 && configuration.localRopeTheta == 10_000)
        #expect(configuration.classifierPooling == .mean && configuration.decoderBias && !configuration.normBias)
        #expect(try modernBert(#""local_rope_theta":null,"global_rope_theta":5e4"#).localRopeTheta == 50_000)
    }

    @Test func readsModernBertOfTheSecondGeneration() throws {
        let configuration = try modernBert(
            """
            "num_hidden_layers":3,"layer_types":["full_attention","sliding_attention","full_attention"],"local_attention":6,
            "rope_parameters":{"full_attention":{"rope_type":"default","rope_theta":80000},
            "sliding_attention":{"rope_type":"default","rope_theta":20000.0}},"mlp_bias":true
            """)
        #expect(configuration.attention == [.full, .sliding, .full] && configuration.localAttentionRadius == 3)
        #expect(
            configuration.globalRopeTheta == 80_000 && configuration.localRopeTheta == 20_000 && configuration.mlpBias)
    }

    @Test func modernBertDefaultsAreTheReferences() throws {
        let configuration = try modernBert("")
        #expect(configuration.shared.layerCount == 22 && configuration.shared.paddingID == 50_283)
        #expect(configuration.attention.count { $0 == .full } == 8)
        #expect(configuration.globalRopeTheta == 160_000 && configuration.localRopeTheta == 10_000)
    }

    @Test(arguments: [
        #""num_hidden_layers":3,"global_attn_every_n_layers":3,"layer_types":["full_attention","full_attention","sliding_attention"]"#,
        #""num_hidden_layers":2,"layer_types":["full_attention"]"#,
        #""num_hidden_layers":1,"layer_types":["chunked_attention"]"#,
        #""global_rope_theta":160000,"rope_parameters":{"full_attention":{"rope_theta":10000}}"#,
        #""local_rope_theta":160000,"rope_parameters":{"sliding_attention":{"rope_theta":10000}}"#,
        #""rope_parameters":{"full_attention":{"rope_type":"yarn","rope_theta":10000}}"#,
        #""rope_parameters":{"rope_theta":10000}"#,
        #""rope_parameters":{"full_attention":{"rope_theta":-1}}"#,
        #""rope_parameters":{"full_attention":{"rope_theta":10000,"partial_rotary_factor":0.5}}"#,
        #""rope_scaling":{"type":"linear","factor":2}"#,
        #""local_attention":128,"sliding_window":128"#,
        #""local_attention":0"#,
        #""hidden_size":12,"num_attention_heads":4"#,
        #""classifier_pooling":"max""#,
        #""classifier_activation":"quick_gelu""#,
        #""norm_bias":"false""#,
    ])
    func refusesContradictionsInModernBert(members: String) throws {
        #expect(throws: CheckpointError.self) { try modernBert(members) }
    }

    @Test(arguments: [
        ("vocab_size", "4194305"), ("vocab_size", "0"), ("hidden_size", "-768"), ("hidden_size", "16385"),
        ("hidden_size", "768.0"), ("hidden_size", "\"768\""), ("hidden_size", "1e400000"), ("hidden_size", "true"),
        ("hidden_size", "9223372036854775808"), ("num_hidden_layers", "257"), ("num_hidden_layers", "0"),
        ("num_hidden_layers", "[12]"), ("num_attention_heads", "7"), ("num_attention_heads", "0"),
        ("intermediate_size", "1099511627776"), ("max_position_embeddings", "1048577"),
        ("max_position_embeddings", "2"),
        ("type_vocab_size", "-1"), ("layer_norm_eps", "-1e-5"), ("layer_norm_eps", "\"x\""), ("pad_token_id", "50265"),
        ("pad_token_id", "-1"), ("hidden_act", "\"quick_gelu\""), ("hidden_act", "3"),
        ("position_embedding_type", "\"relative_key\""), ("num_labels", "131073"), ("num_labels", "-1"),
        ("problem_type", "\"ranking\""), ("is_decoder", "true"), ("tie_word_embeddings", "1"),
        ("quantization_config", "{\"bits\":4}"), ("auto_map", "{\"AutoModel\":\"modeling.Evil\"}"), ("auto_map", "1"),
    ])
    func refusesWhatItCannotRun(key: String, value: String) throws {
        // 1e400000 is not even a JSON number that fits; it is refused while parsing.
        guard let json = try? JSON.parse(#"{"model_type":"roberta","\#(key)":\#(value)}"#) else { return }
        let error = try #require(throws: CheckpointError.self) { try ModelConfiguration(json: json) }
        #expect(error.description.contains(key) || error.description.contains("hidden_size"))
    }

    @Test func messagesNameKeyFoundAndAllowed() throws {
        let layers = try refusal(#"{"model_type":"bert","num_hidden_layers":-3}"#)
        #expect(layers.description == #"config.json: "num_hidden_layers" is -3, expected an integer from 1 to 256"#)
        let type = try refusal(#"{"model_type":"xlm-roberta"}"#)
        #expect(
            type.problem == #"the model type "xlm-roberta" is not supported, only "bert", "modernbert", "roberta" are"#)
        #expect(try refusal(#"{"model_type":"bert","auto_map":{"AutoModel":"x.Y"}}"#).code == .unsafe)
    }

    @Test func readsLabels() throws {
        let labels = #"{"model_type":"bert","id2label":{"1":"B","0":"A"},"label2id":{"A":0,"B":"1","OTHER":7}}"#
        #expect(try read(labels).shared.labels == ["A", "B"])
        #expect(try read(#"{"model_type":"bert","num_labels":3}"#).shared.labels == ["LABEL_0", "LABEL_1", "LABEL_2"])
    }

    @Test(arguments: [
        #""id2label":{"0":"A","2":"B"}"#, #""id2label":{"0":"A","00":"B"}"#, #""id2label":{"0":1}"#,
        #""id2label":["A"]"#,
        #""id2label":{"0":"A","1":"B"},"num_labels":3"#, #""id2label":{"0":"A","1":"B"},"label2id":{"A":1,"B":0}"#,
        #""id2label":{"0":"A"},"label2id":{"A":"x"}"#, #""id2label":{"-1":"A"}"#,
    ])
    func refusesContradictoryLabels(members: String) throws {
        #expect(throws: CheckpointError.self) { try read(#"{"model_type":"bert",\#(members)}"#) }
    }

    @Test func mutatedFilesAreReadOrRefused() throws {
        let texts = [
            #"{"model_type":"roberta","hidden_size":768,"num_attention_heads":12,"id2label":{"0":"A","1":"B"},"pad_token_id":1}"#,
            #"{"model_type":"modernbert","num_hidden_layers":3,"layer_types":["full_attention","sliding_attention","full_attention"],"local_attention":6,"rope_parameters":{"full_attention":{"rope_theta":80000}}}"#,
        ]
        var generator = SeededGenerator(seed: 4)
        let replacements = Array("-0123456789.eE\"{}[],:nulltrue ".utf8)
        for text in texts {
            for _ in 0..<5000 {
                var bytes = Array(text.utf8)
                for _ in 0..<Int.random(in: 1...4, using: &generator) {
                    let position = Int.random(in: 0..<bytes.count, using: &generator)
                    let byte = replacements.randomElement(using: &generator) ?? 0
                    if Bool.random(using: &generator) {
                        bytes[position] = byte
                    } else {
                        bytes.insert(byte, at: position)
                    }
                }
                guard let json = try? JSON.parse(bytes) else { continue }
                do {
                    let configuration = try ModelConfiguration(json: json)
                    #expect(configuration.shared.layerCount <= 256 && configuration.maximumTokens >= 1)
                } catch {
                    #expect(error.description.hasPrefix("config.json: "))
                }
            }
        }
    }
}
