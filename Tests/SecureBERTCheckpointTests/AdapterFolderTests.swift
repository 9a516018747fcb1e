import SecureBERTCheckpoint
import SecureBERTTensor
import TestSupport
import Testing

/// Folders of adapters are made by strangers.
@Suite struct AdapterFolderTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private static let prefix = "base_model.model."

    /// An adapter of one layer, with changes.
    private func adapter(
        _ settings: String = "", rank: Int = 2, tensors: [(String, [Int])] = [], without missing: String? = nil,
        value: Float = 1
    ) throws -> String {
        try folder.write(
            "adapter_config.json",
            """
            {"peft_type": "LORA", "r": 2, "lora_alpha": 4, "target_modules": ["Wo"], "modules_to_save": ["classifier"], \
            "lora_dropout": 0.1, "bias": "none"\(settings.isEmpty ? "" : ", " + settings)}
            """)
        let layers = [("layers.0.attn.Wo.lora_A.weight", [rank, 3]), ("layers.0.attn.Wo.lora_B.weight", [4, rank])]
        let all = (layers + [("classifier.weight", [2, 3])]).filter { $0.0 != missing }.map {
            (Self.prefix + $0.0, $0.1)
        }
        try SafetensorsWriter.write(
            (all + tensors).map { name, shape in
                (name, try Tensor(Array(repeating: value, count: shape.reduce(1, *)), shape: shape))
            }, to: folder.file("adapter_model.safetensors"))
        return folder.path
    }

    @Test func anAdapterIsRead() throws {
        let adapter = try AdapterFolder(path: adapter(#""use_rslora": true, "layers_to_transform": [0]"#))
        #expect(adapter.updates.map(\.module) == ["layers.0.attn.Wo"])
        #expect(adapter.savedTensors.map(\.name) == ["classifier.weight"])
        #expect(abs(adapter.configuration.factor - 4 / 2.0.squareRoot()) < 1e-12)
    }

    @Test(arguments: [
        (#""use_dora": true"#, "use_dora"), (#""fan_in_fan_out": true"#, "fan_in_fan_out"),
        (#""rank_pattern": {"Wo": 4}"#, "rank_pattern"), (#""alpha_pattern": {"Wo": 4}"#, "alpha_pattern"),
        (#""init_lora_weights": "pissa""#, "init_lora_weights"), (#""lora_bias": true"#, "lora_bias"),
        (#""trainable_token_indices": [1]"#, "trainable_token_indices"), (#""use_rslora": 1"#, "use_rslora"),
        (#""peft_type": "LORA""#, "duplicate key"),
    ]) func variantsAreRefused(setting: String, message: String) throws {
        let error = try #require(throws: CheckpointError.self) { try AdapterFolder(path: adapter(setting)) }
        #expect(error.description.contains(message), "\(error)")
    }

    @Test(arguments: [
        (#""peft_type": "LORA""#, #""peft_type": "IA3""#, "expected \"LORA\""),
        (#""peft_type": "LORA", "#, "", "\"peft_type\" is missing"), (#""r": 2"#, #""r": 0"#, "\"r\" is 0"),
        (#""r": 2"#, #""r": 1e99"#, "\"r\""), (#""lora_alpha": 4"#, #""lora_alpha": "4""#, "\"lora_alpha\""),
        (#""bias": "none""#, #""bias": "all""#, "\"bias\" is \"all\""),
        (#"["Wo"]"#, #"["Wo", "Wi"]"#, "no factors for \"Wi\""), (#"["Wo"]"#, #"["Wi"]"#, "none of \"target_modules\""),
        (#"["classifier"]"#, "null", "\"modules_to_save\""), (#"["classifier"]"#, #"["fier"]"#, "\"modules_to_save\""),
    ]) func contradictionsAreRefused(old: String, new: String, message: String) throws {
        let path = try adapter()
        var text = String(decoding: try folder.read("adapter_config.json"), as: UTF8.self)
        text.replace(old, with: new)
        try folder.write("adapter_config.json", text)
        let error = try #require(throws: CheckpointError.self) { try AdapterFolder(path: path) }
        #expect(error.description.contains(message), "\(error)")
    }

    @Test func strangeTensorsAreRefused() throws {
        func expect(_ message: String, _ path: @autoclosure () throws -> String) throws {
            let error = try #require(throws: CheckpointError.self) { try AdapterFolder(path: path()) }
            #expect(error.description.contains(message), "\(error)")
        }
        try expect("expected [2, inputs] and [outputs, 2]", adapter(rank: 3))
        try expect("has no .lora_B.weight", adapter(without: "layers.0.attn.Wo.lora_B.weight"))
        try expect("expected to begin with", adapter(tensors: [("layers.1.attn.Wo.lora_A.weight", [2, 3])]))
        try expect(
            "variant of LoRA",
            adapter(tensors: [(Self.prefix + "layers.0.attn.Wo.lora_magnitude_vector.weight", [4])]))
        try expect(
            "expected [2, inputs]",
            adapter(tensors: [
                (Self.prefix + "layers.1.Wo.lora_A.weight", [2]),
                (Self.prefix + "layers.1.Wo.lora_B.weight", [2]),
            ]))
        try expect("not finite", adapter(value: .infinity))
        let empty = try TemporaryFolder()
        try empty.write("adapter_config.json", folder.read("adapter_config.json"))
        try expect("is the download complete?", empty.path)
    }
}
