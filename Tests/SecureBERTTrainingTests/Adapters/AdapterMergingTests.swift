import SecureBERT
import SecureBERTCheckpoint
import SecureBERTTensor
import SecureBERTTraining
import TestSupport
import Testing

@Suite struct AdapterMergingTests {
    private func write(_ model: String, _ fixture: AdapterFixture, to output: String, unmerging: Bool = false) throws {
        let compute = fixture.tiny.compute
        let merging = try AdapterMerging(
            ModelFolder(path: model), AdapterFolder(path: fixture.path), unmerging: unmerging, compute: compute)
        try AtomicFolder.write(output) { try merging.write(to: $0, compute) }
    }

    private func expectTheReferencesLogits(_ classifier: TextClassifier, _ fixture: AdapterFixture) throws {
        let logits = try classifier(AdapterFixture.texts.map { TextInput($0) }).flatMap { result in
            AdapterFixture.labels.map { label in result.labels.first { $0.name == label }?.logit.value ?? .nan }
        }
        try expectClose(
            logits, fixture.golden.tensor(named: "logits").floats().map(Double.init), absolute: 1e-5, relative: 1e-5,
            fixture.name)
    }

    @Test(arguments: ["modernbert-sequence-cls", "roberta-sequence"])
    func aMergedModelGivesTheReferencesLogits(name: String) throws {
        let fixture = try AdapterFixture(name)
        let merged = fixture.tiny.folder.file("merged")
        try write(Fixtures.model(name), fixture, to: merged)
        let classifier = try TextClassifier(PretrainedModel(path: merged))
        try expectTheReferencesLogits(classifier, fixture)

        let unmerged = fixture.tiny.folder.file("unmerged")
        try write(merged, fixture, to: unmerged, unmerging: true)
        let (before, after) = (
            try ModelFolder(path: Fixtures.model(name)).weights(), try ModelFolder(path: unmerged).weights()
        )
        for update in try AdapterFolder(path: fixture.path).updates {
            let weight = update.module + ".weight"
            try expectClose(
                after.tensor(named: weight).floats(),
                fixture.tiny.compute.float32(before.tensor(named: weight)).floats().map(Double.init),
                absolute: 1e-6, weight)
        }
    }

    /// A folder with an adapter alone is a model where the one it was trained on stands beside it.
    @Test func anAdapterBesideItsModelIsAModel() throws {
        let name = "modernbert-sequence-cls"
        let fixture = try AdapterFixture(name)
        let folder = fixture.tiny.folder
        let path = folder.file("adapter")
        try FileSystem.makeFolder(path)
        for file in try FileSystem.names(inFolder: fixture.path) where file != "golden.safetensors" {
            try AtomicFile.write(
                FileSystem.read("\(fixture.path)/\(file)", limit: 1 << 20), to: "\(path)/\(file)")
        }
        let error = try #require(throws: CheckpointError.self) { try ModelFolder(path: path) }
        #expect(error.description.contains("is an adapter for"), "\(error)")

        let base = try #require(AdapterFolder(path: path).configuration.baseModel?.split(separator: "/").last)
        let beside = folder.file(String(base))
        try FileSystem.makeFolder(beside)
        for file in try FileSystem.names(inFolder: Fixtures.model(name)) {
            try AtomicFile.write(
                FileSystem.read("\(Fixtures.model(name))/\(file)", limit: 1 << 24), to: "\(beside)/\(file)")
        }
        let classifier = try TextClassifier(PretrainedModel(path: path))
        try expectTheReferencesLogits(classifier, fixture)

        #expect(try ModelSummary(ModelFolder(path: path)).text.contains("LoRA of rank 4"))

        // Converted, it is a model of its own.
        let converted = folder.file("converted")
        try AtomicFolder.write(converted) {
            try ModelConversion(ModelFolder(path: path), to: .float32).write(to: $0, fixture.tiny.compute)
        }
        let after = try ModelFolder(path: converted)
        #expect(after.adapter == nil && after.configuration.shared.labels == classifier.labels)
    }

    /// PEFT's folders do not say what labels are called.
    @Test func anAdapterBringsItsHead() throws {
        let fixture = try AdapterFixture("roberta-sequence")
        let merged = fixture.tiny.folder.file("merged")
        try write(Fixtures.model("roberta-mlm"), fixture, to: merged)
        let classifier = try TextClassifier(PretrainedModel(path: merged))
        #expect(classifier.labels == ["LABEL_0", "LABEL_1", "LABEL_2"])
    }

    @Test func anAdapterForAnotherModelIsRefused() throws {
        let fixture = try AdapterFixture("roberta-sequence")
        let error = try #require(throws: CheckpointError.self) {
            try write(Fixtures.model("modernbert-sequence-cls"), fixture, to: fixture.tiny.folder.file("merged"))
        }
        #expect(error.description.contains("is it for another model?"), "\(error)")
    }
}
