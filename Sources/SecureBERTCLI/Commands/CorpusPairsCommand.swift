import ArgumentParser
import SecureBERTJSON
import SecureBERTTraining

/// `securebert corpus pairs`: titles and texts for training sentence encoders.
struct CorpusPairsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pairs",
        abstract: "Pair the titles of documents with their texts, to train a sentence encoder.",
        usage: "securebert corpus pairs <file> ... [<options>]",
        discussion: """
            Files hold one document {"title", "text", "source", "kind"} a line, as corpus build writes them. Each pair is \
            printed as {"query", "positive"}, which finetune embed reads. Code and titles that are only a name are left \
            out.

            EXAMPLES
              securebert corpus pairs corpus/train-*.jsonl.zst > pairs.jsonl
              securebert corpus pairs corpus/*.jsonl --per-source 500 > pairs.jsonl
            """)

    @Argument(help: ArgumentHelp("Documents.", valueName: "file"), completion: .file())
    var files: [String]

    @Option(help: ArgumentHelp("Pairs of a source at most, drawn at random.", valueName: "n"))
    var perSource = 2000

    @Option(help: ArgumentHelp("Words of a title at least.", valueName: "n"))
    var titleWords = 3

    @Option(help: ArgumentHelp("Seed of what is drawn, and of the order.", valueName: "n"))
    var seed: UInt64 = 42

    @OptionGroup var messages: MessageOptions

    mutating func validate() throws {
        guard perSource > 0 else { throw ValidationError("--per-source must be positive, found \(perSource)") }
        guard titleWords > 0 else { throw ValidationError("--title-words must be positive, found \(titleWords)") }
    }

    func run() throws {
        var titles = TitlePairs()
        (titles.maximumPerSource, titles.minimumTitleWords, titles.seed) = (perSource, titleWords, seed)
        let pairs = try titles(paths: files)
        try StandardOutput.scope { out in
            for pair in pairs {
                let json: JSON = ["query": .string(pair.title), "positive": .string(pair.text)]
                try out.writeLine(json.text)
            }
        }
        messages.note(pairs.count.counted("pair"))
    }
}
