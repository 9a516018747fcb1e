import SecureBERTJSON
import SecureBERTTraining
import TestSupport
import Testing

@Suite struct CorpusBuilderTests {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    /// A different text of about 400 bytes for every number.
    private func text(_ number: Int) -> String {
        var random = SeededGenerator(seed: UInt64(number))
        let words = [
            "attacker", "server", "malware", "network", "password", "exploit", "kernel", "payload", "registry",
            "process",
            "credential", "domain", "phishing", "campaign", "victim", "tunnel", "beacon", "certificate",
        ]
        return (0..<12).map { _ in
            let picked = (0..<4).map { _ in words.randomElement(using: &random) ?? "" }
            return "The \(picked[0]) of the \(picked[1]) was used to access a \(picked[2]) and the \(picked[3])."
        }.joined(separator: " ")
    }

    private static let sources = """
        [[sources]]
        name = "notes"
        license = "MIT"
        reader = "markdown"
        path = "notes"

        [[sources]]
        name = "code"
        license = "Apache-2.0"
        reader = "source"
        path = "code"
        """

    private func writeInputs(count: Int = 60) throws {
        for number in 0..<count {
            try folder.write(
                "in/notes/\(number).md",
                "# Note \(number)x\n\n\(text(number))\n\n```sh\nrun --number \(number) --with some --other options and words --that --make --it long enough \(text(number).prefix(60))\n```\n"
            )
        }
        try folder.write("in/notes/copy.md", "# NOTE 3x\n\n\(text(3))\n")
        try folder.write(
            "in/notes/near.md", "# Note 4x\n\n\(text(4).replacing("was used", with: "was", maxReplacements: 1))\n")
        try folder.write("in/notes/short.md", "Too short.\n")
        try folder.write(
            "in/notes/german.md",
            String(
                repeating: "Das ist ein Text, der nicht auf Englisch ist und auch nicht wird. Er ist für die Katze. ",
                count: 5))
        try folder.write(
            "in/code/a.c",
            "// Copyright X\nint add(int first, int second) {\n    return first + second;\n}\n\nint subtract(int first, int second) {\n    return first - second;\n}\n"
        )
        try folder.write("in/code/readme.txt", "not code")
    }

    private func recipe(_ text: String = sources, head: String = "name = \"test\"\n") throws -> CorpusRecipe {
        let path = try folder.write("recipe.toml", head + text)
        return try CorpusRecipe(path: path, root: folder.file("in"))
    }

    @discardableResult
    private func build(
        _ recipe: CorpusRecipe, to output: String = "out", change: (inout CorpusBuilder.Options) -> Void = { _ in }
    ) throws -> CorpusStatistics {
        var options = CorpusBuilder.Options()
        options.threads = 2
        change(&options)
        return try CorpusBuilder(recipe, output: folder.file(output), options: options).run()
    }

    private func documents(_ output: String = "out") throws -> [String: JSON] {
        var found: [String: JSON] = [:]
        for name in folder.names(in: output) where name.hasSuffix(".jsonl") {
            for line in String(decoding: try folder.read("\(output)/\(name)"), as: UTF8.self).split(separator: "\n") {
                let json = try JSON.parse(String(line))
                found[json["id"]?.stringValue ?? ""] = json
            }
        }
        return found
    }

    private func dropped(_ statistics: CorpusStatistics, _ reason: String) -> Int? {
        statistics.dropped.first { $0.reason == reason }?.documents
    }

    @Test func buildsDocumentsWithLicences() throws {
        try writeInputs()
        let statistics = try build(try recipe())
        let documents = try documents()
        #expect(statistics.documents == documents.count)
        #expect(documents.count == 121)
        let note = documents["notes:7.md"]
        #expect(note?["license"]?.stringValue == "MIT")
        #expect(note?["title"]?.stringValue == "Note 7x")
        #expect(note?["kind"]?.stringValue == "text")
        #expect(note?["text"]?.stringValue == "Note 7x\n\n\(text(7))")
        #expect(documents["notes:7.md#code"]?["kind"]?.stringValue == "code")
        #expect(documents["code:a.c"] == nil)
        #expect(documents["code:a.c#code"]?["text"]?.stringValue?.hasPrefix("int add") == true)
        #expect(dropped(statistics, "exact duplicate") == 1)
        #expect(dropped(statistics, "near duplicate") == 1)
        #expect(dropped(statistics, "too short") == 1)
        #expect(dropped(statistics, "not English") == 1)
        #expect(statistics.languages["de"] == 1)
        let names = folder.names(in: "out")
        #expect(names.contains("corpus.json") && names.contains("report.html") && !names.contains(".partitions"))
        let read = try CorpusStatistics(folder: folder.file("out"), threads: 1)
        #expect(read.documents == statistics.documents && read.bytes == statistics.bytes)
        #expect(read.groups == statistics.groups)
        let page = String(decoding: try folder.read("out/report.html"), as: UTF8.self)
        #expect(page.contains("<svg") && page.contains("notes") && !page.contains("http://"))
    }

    @Test func resultsDependOnNeitherThreadsNorOrder() throws {
        try writeInputs()
        let recipe = try recipe(head: "name = \"test\"\nshard-bytes = 65_536\n[split]\nvalid = 0.2\ntest = 0.1\n")
        try build(recipe, to: "one") { $0.threads = 1 }
        try build(recipe, to: "four") { $0.threads = 4 }
        #expect(folder.names(in: "one") == folder.names(in: "four"))
        for name in folder.names(in: "one") { #expect(try folder.read("one/\(name)") == folder.read("four/\(name)")) }
        #expect(
            folder.names(in: "one").contains("valid-000.jsonl") && folder.names(in: "one").contains("test-000.jsonl"))
    }

    @Test func splitsFollowTheIDAndKeepPartsTogether() throws {
        try writeInputs()
        let half = try recipe(head: "name = \"test\"\n[split]\nvalid = 0.5\n")
        try build(half)
        var splits: [Substring: Set<String>] = [:]
        for split in ["train-000", "valid-000"] {
            for line in String(decoding: try folder.read("out/\(split).jsonl"), as: UTF8.self).split(separator: "\n") {
                let id = try JSON.parse(String(line))["id"]?.stringValue ?? ""
                splits[DocumentIdentity.base(id), default: []].insert(split)
            }
        }
        #expect(splits.values.allSatisfy { $0.count == 1 })
        #expect(DocumentIdentity.base("a:b#code~p2") == "a:b")
        #expect(DocumentIdentity.base("a:b~p12#code") == "a:b")
        #expect(DocumentIdentity.base("a~path/c#d") == "a~path/c#d")
        // SHA-256 of "abc" starts with ba7816bf8f01cfea (FIPS 180-4).
        #expect(DocumentIdentity.hash("abc") == 0xBA78_16BF_8F01_CFEA)
    }

    @Test func partitionsOfTheInputsAddUpToAll() throws {
        try writeInputs()
        let recipe = try recipe(head: "name = \"test\"\n[duplicates]\nexact = false\nnear = false\n")
        let all = try build(recipe, to: "all")
        var ids: Set<String> = []
        var count = 0
        for part in 0..<3 {
            count += try build(recipe, to: "part\(part)") { $0.part = (part, 3) }.documents
            ids.formUnion(try documents("part\(part)").keys)
        }
        #expect(count == all.documents)
        #expect(ids == Set(try documents("all").keys))
    }

    @Test func interruptedRunsGoOn() throws {
        try writeInputs()
        let recipe = try recipe()
        try build(recipe, to: "whole")
        // A run that fails after its partitions are done: the output has a folder where a shard should be.
        try folder.makeFolder("out/train-000.jsonl")
        #expect(throws: (any Error).self) { try build(recipe) }
        let kept = folder.names(in: "out/.partitions").filter { $0.hasSuffix(".part") }
        #expect(kept.count == 2)
        // One partition is damaged meanwhile, and made again.
        var bytes = try folder.read("out/.partitions/\(kept[0])")
        bytes[bytes.count / 2] ^= 1
        try folder.write("out/.partitions/\(kept[0])", bytes)
        _ = try ChildProcess.run("rmdir", [folder.file("out/train-000.jsonl")])
        try build(recipe)
        for name in ["train-000.jsonl", "corpus.json"] {
            #expect(try folder.read("out/\(name)") == folder.read("whole/\(name)"))
        }
    }

    @Test func partitionsAreKeptUntilTheirInputOrRulesChange() throws {
        try writeInputs()
        try build(try recipe()) { $0.keepsPartitions = true }
        let first = folder.names(in: "out/.partitions")
        try build(try recipe()) { $0.keepsPartitions = true }
        #expect(folder.names(in: "out/.partitions") == first)
        try folder.write("in/code/b.c", "int x;")
        try build(try recipe()) { $0.keepsPartitions = true }
        #expect(Set(folder.names(in: "out/.partitions")).intersection(first).count == 1)
        try build(try recipe(head: "name = \"test\"\npart-bytes = 5000\n")) { $0.keepsPartitions = true }
        #expect(Set(folder.names(in: "out/.partitions")).isDisjoint(with: first))
    }

    @Test func capsAndWeightsChooseDocuments() throws {
        try writeInputs()
        let capped = try recipe(
            """
            [[sources]]
            name = "notes"
            license = "MIT"
            reader = "markdown"
            path = "notes"
            cap-bytes = 10_000
            """)
        let statistics = try build(capped)
        #expect(statistics.bytes <= 10_000 && statistics.bytes > 8_000)
        #expect((dropped(statistics, "above the cap") ?? 0) > 50)
        let halved = try recipe(
            "[[sources]]\nname = \"notes\"\nlicense = \"MIT\"\nreader = \"markdown\"\npath = \"notes\"\nweight = 0.5\n")
        let half = try build(halved, to: "half")
        #expect((35...85).contains(half.documents))
        let doubled = try recipe(
            "[[sources]]\nname = \"notes\"\nlicense = \"MIT\"\nreader = \"markdown\"\npath = \"notes\"\nweight = 2\n",
            head: "name = \"x\"\n[split]\nvalid = 0.2\n")
        let twice = try build(doubled, to: "twice")
        let (train, valid) = (twice.splits["train"]?.documents ?? 0, twice.splits["valid"]?.documents ?? 0)
        #expect(train + 2 * valid == 240 && valid > 0)
    }

    @Test func evaluationSetsStayOut() throws {
        try writeInputs()
        let sentences = text(5).split(separator: ".")
        try folder.write("eval/test.csv", "sentence,answer\n\"\(sentences[0]).\(sentences[1]).\",x\n")
        let recipe = try recipe(
            """
            [decontaminate]
            words = 25
            [[decontaminate.sets]]
            path = "\(folder.file("eval"))"
            files = ["*.csv"]
            fields = ["sentence"]
            \(Self.sources)
            """)
        let statistics = try build(recipe)
        #expect(statistics.decontaminated >= 1)
        #expect(try documents()["notes:5.md"] == nil)
        #expect(dropped(statistics, "in an evaluation set") == 1)
        let plain = try self.recipe()
        let kept = try build(plain, to: "kept") { $0.evaluationFiles = [folder.file("eval")] }
        #expect(kept.decontaminated >= 1)
    }

    @Test func preparedCorporaKeepTheirSplitsAndTexts() throws {
        try folder.write(
            "in/train-000.jsonl",
            (0..<20).map {
                #"{"id": "a:\#($0)", "source": "a", "kind": "text", "license": "MIT", "title": "", "text": "t \#($0)"}"#
                    + "\n"
            }.joined())
        try folder.write(
            "in/valid.jsonl",
            #"{"id": "b:1", "source": "b", "kind": "code", "license": "BSD", "title": "T", "text": "x  [1] \u2019"}"#
                + "\n")
        let root = "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
        let recipe = try CorpusRecipe(path: "\(root)/Recipes/corpus-prepared.toml", root: folder.file("in"))
        let statistics = try build(recipe)
        #expect(statistics.splits["train"]?.documents == 20)
        #expect(statistics.splits["valid"]?.documents == 1)
        #expect(
            String(decoding: try folder.read("out/valid-000.jsonl"), as: UTF8.self)
                == "{\"id\":\"b:1\",\"source\":\"b\",\"kind\":\"code\",\"license\":\"BSD\",\"title\":\"T\",\"text\":\"x  [1] ’\"}\n"
        )
    }

    @Test(arguments: ["corpus-prepared.toml", "corpus-public.toml", "corpus-debian.toml"])
    func theRecipesOfTheRepositoryAreValid(name: String) throws {
        let root = "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
        _ = try CorpusRecipe(path: "\(root)/Recipes/\(name)")
    }

    // MARK: - Bad input

    static let badRecipes: [(String, String)] = [
        ("name = \"x\"\n", "sources: is missing, expected at least one [[sources]]"),
        ("nam = \"x\"\n", "name: is missing, expected a text"),
        (sources + "\nlicence = \"MIT\"\n", "sources[1].licence: is not a known key; did you mean license?"),
        ("[[sources]]\nname = \"x\"\nreader = \"text\"\n", "sources[0].license: is missing, expected a text"),
        (
            "[[sources]]\nname = \"x\"\nlicense = \"\"\nreader = \"text\"\n",
            "sources[0].license: expected the licence of the source, found an empty text"
        ),
        (
            "[[sources]]\nname = \"x\"\nlicense = \"MIT\"\nreader = \"word\"\n",
            "sources[0].reader: expected one of markdown, html"
        ),
        ("[[sources]]\nname = \"x\"\nlicense = \"MIT\"\nreader = \"json\"\n", "sources[0].text-fields: is missing"),
        (
            "[duplicates]\nthreshold = 1.5\n" + sources,
            "duplicates.threshold: expected a number from 0.1 to 1.0, found 1.5"
        ),
        (
            "[duplicates]\npermutations = 100\n" + sources,
            "duplicates.permutations: expected a multiple of 16, found 100"
        ),
        ("[duplicates]\nrows = 5\n" + sources, "duplicates.rows: expected a divisor of the 64 permutations, found 5"),
        ("[split]\nvalid = -1\n" + sources, "split.valid: expected a number from 0.0 to 0.5, found -1"),
        ("[quality.text]\nminimum-word-length = 20\n" + sources, "quality.text.maximum-word-length: expected at least"),
        (
            sources + "\n" + sources.replacing("code", with: "notes", maxReplacements: 1),
            "sources[2].name: expected a source that is not listed before"
        ),
        (
            "[decontaminate]\n[[decontaminate.sets]]\nformat = \"csv\"\n" + sources,
            "decontaminate.sets[0].files: is missing"
        ),
    ]

    @Test(arguments: badRecipes.indices) func impossibleRecipesAreRefused(index: Int) throws {
        let (text, sentence) = Self.badRecipes[index]
        let head = text.hasPrefix("nam") ? "" : "name = \"test\"\n"
        let error = #expect(throws: RecipeError.self) { try recipe(text, head: head) }
        #expect(error?.description.contains(sentence) == true, "\(error?.description ?? "")")
    }

    @Test func missingAndEmptyInputsAreNamed() throws {
        let recipe = try recipe()
        func sentence(_ recipe: CorpusRecipe) -> String {
            let error = #expect(throws: CorpusError.self) { try build(recipe) }
            return error?.description ?? ""
        }
        #expect(sentence(recipe).contains("in/notes: the folder of source \"notes\" does not exist"))
        try folder.write("in/notes/a.txt", "x")
        try folder.write("in/code/a.txt", "x")
        #expect(sentence(recipe).contains("has no files that fit \"**/*.md\", \"**/*.markdown\""))
        try folder.write("in/notes/a.md", "short")
        try folder.write("in/code/a.c", "int")
        #expect(sentence(recipe).contains("leaves no document of the 2 read"))
        #expect(!folder.names(in: "out").contains("corpus.json"))
    }

    @Test func missingSourcesCanBeLeftOut() throws {
        try folder.write("in/notes/a.md", text(1))
        let statistics = try build(try recipe()) { $0.skipsMissing = true }
        #expect(statistics.missing == ["code"])
        #expect(statistics.documents == 1)
    }

    @Test func unreadableFilesAreCountedAndCorporaMustBeWhole() throws {
        try folder.write("in/rules/good.yml", "title: Good\ndescription: \(text(1))\n")
        try folder.write("in/rules/bad.yml", "title: [")
        let rules = try recipe(
            "[[sources]]\nname = \"rules\"\nlicense = \"DRL-1.1\"\nreader = \"sigma\"\npath = \"rules\"\n")
        let statistics = try build(rules)
        #expect(statistics.unreadable.count == 1)
        #expect(statistics.unreadable[0].contains("bad.yml: is not valid YAML"))
        try folder.write("in/lines/a.jsonl", "{\"text\": \"x\"}\n{\"text\": \n")
        let lines = try recipe(
            "[[sources]]\nname = \"lines\"\nlicense = \"MIT\"\nreader = \"jsonl\"\npath = \"lines\"\n")
        let error = #expect(throws: CorpusError.self) { try build(lines) }
        #expect(error?.description.contains("a.jsonl, line 2: is not valid JSON") == true)
    }

    @Test func aHalfWrittenShardIsRefused() throws {
        try writeInputs()
        try build(try recipe())
        try folder.write("out/train-000.jsonl", Array(try folder.read("out/train-000.jsonl").dropLast(10)))
        let tokenizer = try DocumentTokenizer(path: Fixtures.model("modernbert-mlm-new"))
        let error = #expect(throws: CorpusError.self) {
            try TokenCorpusBuilder(
                corpus: folder.file("out"), tokenizer: tokenizer, output: folder.file("tokens"), threads: 1)
        }
        #expect(error?.description.contains("train-000.jsonl: is") == true)
        #expect(error?.description.contains("build the corpus again") == true)
    }

    @Test func builtCorporaBecomeTokens() throws {
        try writeInputs()
        let tokenizer = try DocumentTokenizer(path: Fixtures.model("modernbert-mlm-new"))
        let statistics = try build(try recipe()) { $0.tokenizer = tokenizer }
        let summary = try TokenCorpusBuilder(
            corpus: folder.file("out"), tokenizer: tokenizer, output: folder.file("tokens"), threads: 2
        ).run()
        #expect(summary.documents == statistics.documents)
        #expect(summary.tokens == statistics.tokens)
    }

    /// Through the program, from a PDF that is made here. An empty line is a gap between blocks.
    @Test(.enabled(if: MinimalPDF.canBeRead, "pdftotext is missing: on Debian, apt-get install poppler-utils"))
    func papersAreRead() throws {
        let bodies = [
            [
                "The attacker used a stolen certificate to sign the loader, which was",
                "then able to run on every server of the net-", "work that the victim had in its domain.",
            ],
            [
                "A second payload was found in the registry. It opened a tunnel (on port 443)",
                "and waited for the commands of the campaign.",
            ],
            ["The victim removed it with the help of the police, and changed every password."],
        ]
        let pages = bodies.enumerated().map { index, body in
            ["Threat Report"] + ["", ""] + body + ["", "", "Page \(index + 1) of 3"]
        }
        try folder.write("in/papers/Threat-Report.pdf", MinimalPDF.bytes(pages))
        try folder.write("in/papers/damaged.pdf", "%PDF-1.4\nnot one")
        let statistics = try build(
            try recipe("[[sources]]\nname = \"papers\"\nlicense = \"MIT\"\nreader = \"pdf\"\npath = \"papers\"\n"))
        #expect(statistics.documents == 1)
        #expect(statistics.unreadable.count == 1)
        #expect(statistics.unreadable.first?.contains("damaged.pdf: cannot be read by pdftotext") == true)
        let line = String(decoding: try folder.read("out/train-000.jsonl"), as: UTF8.self)
        let document = try JSON.parse(line)
        #expect(document["title"]?.stringValue == "Threat Report")
        let text = document["text"]?.stringValue ?? ""
        #expect(
            text.contains("sign the loader, which was then able to run on every server of the network that the victim"))
        #expect(text.contains("It opened a tunnel (on port 443) and waited"))
        #expect(!text.contains("Page") && !text.contains("Threat Report"))
    }

    @Test func patternsFitPaths() {
        let cases: [(String, String, Bool)] = [
            ("*.md", "a.md", true), ("*.md", "b/a.md", false), ("**/*.md", "a.md", true), ("**/*.md", "b/c/a.md", true),
            ("b/**", "b/c/d", true), ("b/**", "c/b", false), ("a?c", "abc", true), ("a?c", "a/c", false),
            ("**/*.[1-9]", "m/x.3", true),
            ("**/*.[1-9]", "m/x.n", false), ("man*/*.gz", "man3/x.3ssl.gz", true), ("**", "", true), ("", "", true),
            ("", "a", false),
            ("[", "[", false), ("a**b", "a/x/b", true),
        ]
        for (pattern, path, fits) in cases { #expect(PathPattern(pattern).matches(path) == fits, "\(pattern) \(path)") }
    }
}
