import SecureBERTJSON

/// A run as a page: curves of the loss, the learning rate, the gradients and the speed. Self-contained, without scripts.
package struct TrainingReport {
    private let title: String
    /// The lines of `log.jsonl`.
    private let lines: [JSON]

    package init(title: String, lines: [JSON]) {
        self.title = title
        self.lines = lines
    }

    package var html: String {
        let steps = lines.filter { $0["loss"] != nil }
        let evaluations = lines.compactMap { line in line["evaluation"]?.objectValue.map { (line, $0) } }
        func curve(_ key: String) -> [(x: Double, y: Double)] {
            steps.compactMap { line in
                guard let tokens = line["tokens"]?.doubleValue, let value = line[key]?.doubleValue else { return nil }
                return (tokens, value)
            }
        }
        let names = evaluations.last.map { $0.1.members.map(\.key) } ?? []
        let measured = names.map { name in
            LineChart.Series(
                name: name,
                points: evaluations.compactMap { line, values in
                    guard let tokens = line["tokens"]?.doubleValue, let value = values[name]?.doubleValue else {
                        return nil
                    }
                    return (tokens, value)
                })
        }
        var charts = [
            LineChart(
                title: "Training loss", xLabel: "tokens",
                series: [
                    .init(name: "each step", points: curve("loss")),
                    .init(name: "mean", points: smoothed(curve("loss"))),
                ])
        ]
        charts += measured.map { LineChart(title: "Evaluation: \($0.name)", xLabel: "tokens", series: [$0]) }
        for (key, name) in [
            ("learningRate", "Learning rate"), ("gradientNorm", "Gradient length"),
            ("tokensPerSecond", "Tokens per second"),
        ] {
            charts.append(LineChart(title: name, xLabel: "tokens", series: [.init(name: name, points: curve(key))]))
        }
        return ReportPage(
            title: "Training \(title)",
            body: """
                <h1>Training</h1><p>\(title.escapedForHTML)</p>
                <table>\(summary(steps, evaluations.last?.1))</table>
                \(charts.map(\.svg).joined(separator: "\n"))
                """
        ).html
    }

    private func summary(_ steps: [JSON], _ evaluation: JSON.Object?) -> String {
        var rows: [(String, String)] = []
        if let last = steps.last {
            for (key, name) in [
                ("step", "Steps"), ("tokens", "Tokens"), ("loss", "Loss of the last step"),
                ("learningRate", "Learning rate"), ("tokensPerSecond", "Tokens per second"),
            ] {
                rows.append((name, last[key].map(Self.text) ?? ""))
            }
        }
        for (name, value) in evaluation?.members ?? [] { rows.append(("Evaluation: \(name)", Self.text(value))) }
        return rows.map { "<tr><td>\($0.0.escapedForHTML)</td><td class=\"number\">\($0.1.escapedForHTML)</td></tr>" }
            .joined()
    }

    private static func text(_ value: JSON) -> String {
        if let number = value.integerValue { return NumberText.grouped(number) }
        return value.doubleValue.map(NumberText.rounded) ?? value.text
    }

    /// Means over a sliding fiftieth of the points.
    private func smoothed(_ points: [(x: Double, y: Double)]) -> [(x: Double, y: Double)] {
        let window = max(1, points.count / 50)
        guard points.count > window else { return [] }
        var sum = points.prefix(window).reduce(0) { $0 + $1.y }
        return (window...points.count - 1).map { index in
            sum += points[index].y - points[index - window].y
            return (points[index].x, sum / Double(window))
        }
    }
}
