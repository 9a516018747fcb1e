import ArgumentParser
import SecureBERT
import SecureBERTCheckpoint
import SecureBERTJSON

/// `securebert similarity`: how close two texts are.
struct SimilarityCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "similarity",
        abstract: "Compare two texts: the cosine of their vectors.",
        usage: "securebert similarity [<options>] <first> <second>",
        discussion: """
            EXAMPLES
              securebert similarity -m DIR 'credential dumping' 'stealing passwords'
              securebert similarity -m DIR --json 'remote desktop' 'RDP'
            """)

    @Argument(help: "One text.")
    var first: String

    @Argument(help: "The other.")
    var second: String

    @OptionGroup var embedding: EmbeddingOptions
    @OptionGroup var model: ModelOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let encoder = try SentenceEncoder(model.load(output.messages, head: ModelHead.none, default: .embed))
        let embeddings = try encoder([first, second], options: embedding.options())
        let similarity = Similarity(embeddings[0].vector, embeddings[1].vector)
        try StandardOutput.scope { out in
            switch output.format {
            case .text: try out.writeLine(similarity.value.fixed(4))
            case .json, .jsonLines: try out.writeLine((["similarity": JSON(similarity.value)] as JSON).text)
            }
        }
    }
}
