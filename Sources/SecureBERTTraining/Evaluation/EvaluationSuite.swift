import SecureBERTCheckpoint

/// Tests to run with every model that fits them, and figures others have published, read from a TOML file;
/// `Recipes/evaluation.toml` is the one of this package's models.
public struct EvaluationSuite: Sendable {
    /// What a test asks of a model.
    public enum Task: String, Sendable, CaseIterable {
        case mlm, ner, classify, vuln, retrieval
    }

    /// A figure from elsewhere.
    public struct Published: Sendable, Equatable {
        /// Who it is of.
        public let system: String
        /// The figure it stands beside, by the name of ours.
        public let figure: String
        public let value: Double
        /// What it was measured on: "the same", or how that differs.
        public let test: String
        /// Where it is from and how well it is known.
        public let source: String
    }

    /// A test.
    public struct Test: Sendable {
        public let name: String
        public let task: Task
        /// Files, or for retrieval folders, with ":SPLIT" behind when it is not "test".
        public let data: [String]
        /// Training data, to look for leaks.
        public let train: [String]
        /// Functions before and after their fix.
        public let pairs: String?
        /// Models that are tested when none are given.
        public let models: [String]
        /// Whether the calibration in the model's folder is used.
        public let isCalibrated: Bool
        /// The figures that the summary shows.
        public let figures: [String]
        public let published: [Published]
    }

    public let tests: [Test]

    /// Reads a suite.
    /// - Parameters:
    ///   - path: The suite, in TOML.
    ///   - root: What paths of data are relative to.
    /// - Throws: ``RecipeError`` naming the key, what was expected and what was found.
    public init(path: String, root: String) throws {
        let reader = try RecipeReader(path: path)
        tests = try reader.tables("test").map { try Self.test($0, root) }
        guard !tests.isEmpty else {
            throw RecipeError(file: path, key: "test", "is missing, expected at least one [[test]] with its data")
        }
        try reader.finish()
    }

    private static func test(_ reader: RecipeReader, _ root: String) throws -> Test {
        func place(_ path: String) -> String { path.hasPrefix("/") ? path : FileSystem.join(root, path) }
        let published = try reader.has("published") ? reader.tables("published").map(published) : []
        return Test(
            name: try reader.string("name"), task: try reader.choice("task"),
            data: try reader.strings("data").map(place), train: try reader.strings("train").map(place),
            pairs: try reader.optionalString("pairs").map(place), models: try reader.strings("models"),
            isCalibrated: try reader.bool("calibrated", default: false), figures: try reader.strings("figures"),
            published: published)
    }

    private static func published(_ reader: RecipeReader) throws -> Published {
        Published(
            system: try reader.string("system"), figure: try reader.string("figure"),
            value: try reader.double("value", in: -1e6...1e6), test: try reader.string("test"),
            source: try reader.string("source"))
    }
}

extension EvaluationSuite.Test {
    /// Our figures and those of others: rows of system, figure, value, test and source.
    /// - Parameter ours: For each model and set the part of its report that has the figures.
    public func comparison(
        _ ours: [(model: String, set: String, section: EvaluationReport.Section)]
    ) -> EvaluationReport.Table {
        let own = ours.flatMap { model, set, section in
            section.figures.filter { figures.contains($0.name) }.map { figure -> [EvaluationReport.Table.Cell] in
                [.text(model), .text(figure.name), .text(figure.text), .text(set), .text("measured now")]
            }
        }
        let others = published.map { figure -> [EvaluationReport.Table.Cell] in
            [
                .text(figure.system), .text(figure.figure), .number(figure.value), .text(figure.test),
                .text(figure.source),
            ]
        }
        return EvaluationReport.Table(
            name, columns: ["system", "figure", "value", "test set", "source"], rows: own + others)
    }
}
