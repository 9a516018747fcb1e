import SecureBERT
import SecureBERTCheckpoint
import SecureBERTTensor
import SecureBERTTraining
import TestSupport
import Testing

@Suite struct ModelConversionTests {
    private let folder: TemporaryFolder
    private let compute: Compute

    init() throws {
        folder = try TemporaryFolder()
        compute = try Compute(threads: 1)
    }

    private func convert(_ model: String, to type: ElementType) throws -> String {
        let output = folder.file("\(model)-\(type.rawValue)")
        try AtomicFolder.write(output) {
            try ModelConversion(ModelFolder(path: Fixtures.model(model)), to: type).write(to: $0, compute)
        }
        return output
    }

    /// A pickle becomes safetensors with the same numbers.
    @Test func numbersStayTheSame() throws {
        let before = try ModelFolder(path: Fixtures.model("roberta-mlm-legacy")).weights()
        let after = try ModelFolder(path: convert("roberta-mlm-legacy", to: .float32))
        #expect(after.weightFiles.format == "safetensors")
        let names = before.tensorNames.filter { !$0.hasSuffix("position_ids") }
        #expect(try Set(after.weights().tensorNames) == Set(names))
        for name in names {
            let tensor = try before.tensor(named: name)
            #expect(
                try compute.float32(tensor).floats() == compute.float32(after.weights().tensor(named: name)).floats(),
                "\(name)")
        }
    }

    @Test(arguments: [ElementType.bfloat16, .float16]) func halfTheSizeChangesLittle(type: ElementType) throws {
        let path = try convert("st-mean-normalize", to: type)
        let original = try SentenceEncoder(PretrainedModel(path: Fixtures.model("st-mean-normalize")))
        let texts = ["The loader deletes shadow copies."]
        let (a, b) = (try original(texts)[0].vector, try SentenceEncoder(PretrainedModel(path: path))(texts)[0].vector)
        #expect(Similarity(a, b).value > 0.9995)
        #expect(a != b)
        #expect(try ModelFolder(path: path).configuration.shared.declaredType == type.rawValue)
    }
}
