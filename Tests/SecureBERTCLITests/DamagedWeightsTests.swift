import TestSupport
import Testing

/// Models with weights that are no numbers: the complaint is one sentence that names the model, and nothing is made of it.
@Suite struct DamagedWeightsTests {
    let runner: CommandLineRunner
    init() throws { runner = try CommandLineRunner() }

    @Test(arguments: ["", "--json", "--jsonl"]) func masksAreNotFilled(format: String) throws {
        let model = try runner.damagedModel("roberta-mlm", table: "word_embeddings", row: 97, as: "model")
        let result = try runner.shell("securebert fill-mask -q \(format) -m '\(model)' 'The <mask> ran.'")
        #expect(result.status == 3)
        #expect(result.output.isEmpty, "\(result.output)")
        #expect(result.errors.contains("model: the logits are not finite numbers"), "\(result.errors)")
        #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
    }

    @Test func vocabulariesAreNotAdapted() throws {
        let model = try runner.damagedModel("roberta-mlm", table: "position_embeddings", row: 5, as: "model")
        try runner.write("texts.jsonl", CommandLineRunner.read("\(Fixtures.path)/training/texts.jsonl"))
        let result = try runner.shell(
            "securebert tokenizer adapt -q -m '\(model)' --input \"$DIR/texts.jsonl\" --output \"$DIR/new\"; r=$?; ls \"$DIR\"; exit $r"
        )
        #expect(result.status == 3)
        #expect(result.output == "model\ntexts.jsonl\n")
        #expect(result.errors.contains("model/model.safetensors: "), "\(result.errors)")
        #expect(
            result.errors.contains("position_embeddings.weight holds numbers that are not finite;"), "\(result.errors)")
        #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
    }
}
