import SecureBERTHub
import Testing

@Suite struct SelectionTests {
    private func usable(_ paths: String...) -> [String] { FileSelection.usable.select(paths) }
    private func fits(_ pattern: String, _ path: String) -> Bool {
        !FileSelection.matching([pattern]).select([path]).isEmpty
    }

    @Test func takesWhatThePackageReads() {
        #expect(
            usable(
                ".gitattributes", "README.md", "LICENSE.txt", "config.json", "tokenizer.json", "vocab.txt",
                "model.safetensors",
                "pytorch_model.bin", "tf_model.h5", "flax_model.msgpack", "rust_model.ot", "onnx/model.onnx",
                "modules.json",
                "1_Pooling/config.json", "2_Dense/config.json", "2_Dense/pytorch_model.bin",
                "2_Dense/model.safetensors",
                "3_Dense/pytorch_model.bin", "openvino/config.json", "checkpoint-500/model.safetensors", "run.py",
                "1_/config.json",
                "_x/config.json", "1_a/b/config.json", "training_args.bin", "optimizer.pt")
                == [
                    "README.md", "LICENSE.txt", "config.json", "tokenizer.json", "vocab.txt", "model.safetensors",
                    "modules.json",
                    "1_Pooling/config.json", "2_Dense/config.json", "2_Dense/model.safetensors",
                    "3_Dense/pytorch_model.bin",
                ])
    }

    @Test func prefersOneCompleteSetOfWeights() {
        #expect(usable("pytorch_model.bin", "vocab.json") == ["pytorch_model.bin", "vocab.json"])
        let shards = [
            "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "model.safetensors.index.json",
        ]
        #expect(FileSelection.usable.select(shards + ["pytorch_model.bin"]) == shards)
        #expect(FileSelection.usable.select(shards + ["model.safetensors"]) == ["model.safetensors"])
        let old = ["pytorch_model-00001-of-00001.bin", "pytorch_model.bin.index.json"]
        #expect(FileSelection.usable.select(old + ["model-00001-of-00001.safetensors"]) == old)
    }

    @Test func patterns() {
        #expect(fits("*.json", "config.json") && fits("*.json", "1_Pooling/config.json"))
        #expect(!fits("*.json", "config.jsonl") && !fits("config", "config.json"))
        #expect(fits("1_Pooling/", "1_Pooling/config.json"))
        #expect(fits("model-0000?-of-*", "model-00001-of-00002.bin"))
        #expect(fits("[a-c]*[!x]", "bay") && !fits("[a-c]*[!x]", "bax") && !fits("[a-c]*", "day"))
        #expect(fits("[]a]", "]") && fits("[", "[") && fits("a[", "a[") && !fits("[!]", "x"))
        #expect(fits("***", "") && fits("*", "x") && !fits("?", ""))
        // Would take ages if every star were retried.
        let long = String(repeating: "a", count: 1000)
        #expect(!fits(String(repeating: "a*", count: 200) + "b", long))
    }
}
