import SecureBERTTraining
import TestSupport
import Testing

@Suite struct RecipeReaderTests {
    enum Shape: String, CaseIterable { case linear, cosine }

    static let text = """
        name = "mini" # a comment
        steps = 100
        rate = 1
        shape = "cosine"
        resume = true
        files = ["a.jsonl", "b.jsonl"]

        [mask]
        rate = 0.3
        whole-words = false

        [[stages]]
        length = 128

        [[stages]]
        length = 512
        extra = 1
        """

    private func reader(_ text: String = text) throws -> RecipeReader {
        try RecipeReader(text: text, file: "recipes/r.toml")
    }

    @Test func readsEveryKindOfValue() throws {
        let recipe = try reader()
        #expect(try recipe.string("name") == "mini")
        #expect(try recipe.integer("steps", in: 1...1000) == 100)
        #expect(try recipe.double("rate", in: 0...1) == 1)
        #expect(try recipe.choice("shape", of: Shape.self) == .cosine)
        #expect(try recipe.bool("resume"))
        #expect(try recipe.strings("files") == ["a.jsonl", "b.jsonl"])
        #expect(try recipe.double("mask.rate", in: 0...1) == 0.3)
        #expect(try recipe.table("mask").bool("whole-words") == false)
        #expect(try recipe.tables("stages").map { try $0.integer("length", in: 1...512) } == [128, 512])
    }

    @Test func missingKeysHaveDefaults() throws {
        let recipe = try reader("")
        #expect(try recipe.string("name", default: "x") == "x")
        #expect(try recipe.optionalString("name") == nil)
        #expect(try recipe.integer("a.b.steps", in: 1...2, default: 2) == 2)
        #expect(try recipe.optionalInteger("steps", in: 1...2) == nil)
        #expect(try recipe.double("rate", in: 0...1, default: 0.5) == 0.5)
        #expect(try recipe.optionalDouble("rate", in: 0...1) == nil)
        #expect(try recipe.choice("shape", default: Shape.linear) == .linear)
        #expect(try recipe.bool("resume", default: true))
        #expect(try recipe.strings("files").isEmpty)
        #expect(try recipe.tables("stages").isEmpty)
        #expect(try recipe.optionalTable("mask") == nil)
        #expect(try !recipe.has("mask.rate"))
        try recipe.finish()
    }

    /// What is read from a recipe, and the sentence it must give.
    static let refusals: [(String, @Sendable (RecipeReader) throws -> Void, String)] = [
        ("", { _ = try $0.string("name") }, "recipes/r.toml: name: is missing, expected a text"),
        ("name = 3", { _ = try $0.string("name") }, "recipes/r.toml: name: expected a text in quotes, found 3"),
        (
            "steps = 0", { _ = try $0.integer("steps", in: 1...9) },
            "recipes/r.toml: steps: expected a whole number from 1 to 9, found 0"
        ),
        (
            "steps = 1.5", { _ = try $0.integer("steps", in: 1...Int.max) },
            "recipes/r.toml: steps: expected a whole number of at least 1, found 1.5"
        ),
        (
            "rate = nan", { _ = try $0.double("rate", in: 0...1) },
            "recipes/r.toml: rate: expected a number from 0.0 to 1.0, found nan"
        ),
        (
            "rate = \"x\"", { _ = try $0.double("rate", in: 0...1, default: 1) },
            "recipes/r.toml: rate: expected a number from 0.0 to 1.0, found \"x\""
        ),
        (
            "shape = \"cos\"", { _ = try $0.choice("shape", default: Shape.linear) },
            "recipes/r.toml: shape: expected one of linear, cosine, found \"cos\""
        ),
        ("resume = 1", { _ = try $0.bool("resume") }, "recipes/r.toml: resume: expected true or false, found 1"),
        (
            "files = [\"a\", 2]", { _ = try $0.strings("files") },
            "recipes/r.toml: files[1]: expected a text in quotes, found 2"
        ),
        ("mask = 3", { _ = try $0.table("mask") }, "recipes/r.toml: mask: expected a table, found 3"),
        ("mask = 3", { _ = try $0.bool("mask.on") }, "recipes/r.toml: mask: expected a table, found 3"),
        (
            "[[stages]]\nlength = 9",
            { recipe in
                for stage in try recipe.tables("stages") { _ = try stage.integer("length", in: 16...32) }
            }, "recipes/r.toml: stages[0].length: expected a whole number from 16 to 32, found 9"
        ),
        ("stages = [1]", { _ = try $0.tables("stages") }, "recipes/r.toml: stages[0]: expected a table, found 1"),
        (
            "day = 2024-01-01", { _ = try $0.string("day") },
            "recipes/r.toml: day: expected a text in quotes, found the date 2024-01-01"
        ),
    ]

    @Test(arguments: refusals.indices) func refusesImpossibleValues(index: Int) throws {
        let (text, body, sentence) = Self.refusals[index]
        let recipe = try reader(text)
        let error = #expect(throws: RecipeError.self) { try body(recipe) }
        #expect(error?.description == sentence)
    }

    @Test func unknownKeysAreRefusedWithTheNearestKnownOne() throws {
        let recipe = try reader("[mask]\nrate = 0.1\nwhole_word = true\n[zebra]\nx = 1")
        _ = try recipe.double("mask.rate", in: 0...1)
        _ = try recipe.bool("mask.whole-words", default: false)
        let error = #expect(throws: RecipeError.self) { try recipe.finish() }
        #expect(
            error?.description == "recipes/r.toml: zebra: is not a known key; expected one of mask")
        let second = try reader("[mask]\nrate = 0.1\nwhole_word = true")
        _ = try second.double("mask.rate", in: 0...1)
        _ = try second.bool("mask.whole-words", default: false)
        let error2 = #expect(throws: RecipeError.self) { try second.finish() }
        #expect(
            error2?.description == "recipes/r.toml: mask.whole_word: is not a known key; did you mean whole-words?")
    }

    @Test func unknownKeysInsideListsOfTablesAreRefused() throws {
        let recipe = try reader()
        for key in recipe.keys() where key != "stages" { _ = key }
        _ = try recipe.table("mask").keys()
        for stage in try recipe.tables("stages") { _ = try stage.integer("length", in: 1...512) }
        let error = #expect(throws: RecipeError.self) { try recipe.finish() }
        #expect(error?.description == "recipes/r.toml: stages[1].extra: is not a known key; expected one of length")
    }

    @Test func filesThatAreNoRecipesAreRefused() throws {
        let folder = try TemporaryFolder()
        let broken = try folder.write("broken.toml", "a = = 2")
        let error = #expect(throws: RecipeError.self) { try RecipeReader(path: broken) }
        #expect(error?.description.contains("is not valid TOML") == true)
        #expect(error?.description.contains("line 1") == true)
        let binary = try folder.write("binary.toml", [0xFF, 0xFE])
        #expect(throws: RecipeError.self) { try RecipeReader(path: binary) }
        #expect(throws: (any Error).self) { try RecipeReader(path: folder.file("none.toml")) }
    }

    @Test func theCanonicalTextIgnoresLayoutOnly() throws {
        let first = try reader("a = 1\n[b]\nx = 'y'\nz = [1, 2]")
        let second = try reader("# comment\nb.z = [ 1,\n 2 ]\nb.x = \"y\"\na = 1")
        #expect(first.canonicalText == second.canonicalText)
        #expect(try reader("a = 2").canonicalText != reader("a = 1").canonicalText)
    }

    @Test func pathsAreRelativeToTheRecipe() throws {
        let recipe = try reader()
        #expect(recipe.resolved("data/x.csv") == "recipes/data/x.csv")
        #expect(recipe.resolved("/data/x.csv") == "/data/x.csv")
        #expect(try RecipeReader(text: "", file: "r.toml").resolved("x") == "x")
    }
}
