import SecureBERTJSON
import SecureBERTTraining
import Testing

@Suite struct TrainingReportTests {
    @Test func numbersAreForPeople() {
        let cases: [(Double, String)] = [
            (0, "0"), (3.14159, "3.142"), (0.0008, "0.0008"), (7.99e-4, "0.000799"), (12_345.6, "12,346"),
            (999.96, "1,000"), (999.94, "999.9"), (-2.50004, "-2.5"), (0.99996, "1"), (2.5e-9, "2.5e-09"),
            (1.23456e-12, "1.235e-12"), (.infinity, "inf"), (1_048_576, "1,048,576"), (100, "100"), (55.5, "55.5"),
        ]
        for (number, text) in cases { #expect(NumberText.rounded(number) == text) }
        #expect(
            [0, 999, 1000, -1_234_567, Int.min].map(NumberText.grouped)
                == ["0", "999", "1,000", "-1,234,567", "-9,223,372,036,854,775,808"])
    }

    @Test func theTableHasRoundedNumbers() {
        let lines: [JSON] = [
            [
                "step": 1200, "tokens": 314_572_800, "loss": 2.7182818284, "learningRate": 7.654321e-4,
                "tokensPerSecond": 12345.678, "gradientNorm": 1.0,
            ],
            ["step": 1200, "tokens": 314_572_800, "evaluation": ["loss": 1.23456789, "top-1 <all>": 0.51234567]],
        ]
        let html = TrainingReport(title: "run & <b>", lines: lines).html
        for (name, value) in [
            ("Steps", "1,200"), ("Tokens", "314,572,800"), ("Loss of the last step", "2.718"),
            ("Learning rate", "0.0007654"), ("Tokens per second", "12,346"), ("Evaluation: loss", "1.235"),
            ("Evaluation: top-1 &lt;all&gt;", "0.5123"),
        ] { #expect(html.contains("<td>\(name)</td><td class=\"number\">\(value)</td>"), "\(name)") }
        #expect(html.contains("run &amp; &lt;b&gt;"))
    }
}
