import ArgumentParser
import SecureBERTJSON
import SecureBERTTokenizers

/// `securebert tokenize`: texts to ids, tokens and offsets.
struct TokenizeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokenize",
        abstract: "Show texts as the tokens that a model sees.",
        usage: "securebert tokenize [<options>] [<file> ...]",
        discussion: """
            Each text gives {"ids", "tokens", "offsets"}: offsets [start, end] of every token in the text, of a pair in the \
            text that the token is from; special tokens are at [0, 0].

            EXAMPLES
              echo 'CVE-2021-44228 in log4j' | securebert tokenize --model DIR --jsonl
              securebert tokenize --model DIR --jsonl report.txt > tokens.jsonl
              securebert tokenize --model DIR --json --offsets utf16 pairs.jsonl
            """)

    @OptionGroup var input: InputOptions
    @OptionGroup var model: ModelNameOption
    // Nothing is computed, but scripts that pass these to every subcommand may pass them here.
    @OptionGroup(visibility: .hidden) var compute: ComputeOptions

    @Flag(help: "Leave out the tokens that the tokenizer adds, such as [CLS].")
    var noSpecialTokens = false

    @OptionGroup var offsets: OffsetOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let tokenizer = try model.tokenizer()
        try StandardOutput.scope { out in
            var records = input.records(flushing: out, output.messages)
            var printer = ResultPrinter(out, output.format)
            while let record = try records.next() {
                let encoding = try tokenizer.encode(
                    record.text, pair: record.pair, addSpecialTokens: !noSpecialTokens)
                try printer.print(
                    json: {
                        // So that the output of a very long text is not copied while it grows.
                        if encoding.count > 1 << 16 {
                            $0.reserveCapacity($0.count + 2 * record.text.utf8.count + 32 * encoding.count)
                        }
                        write(encoding, to: &$0)
                    }, text: { line(encoding) })
            }
            try printer.finish()
        }
    }

    private func write(_ encoding: Encoding, to out: inout [UInt8]) {
        out.append(contentsOf: #"{"ids":"#.utf8)
        JSONLine.append(encoding.ids, to: &out) { JSONLine.append(Int($0), to: &$1) }
        out.append(contentsOf: #","tokens":"#.utf8)
        JSONLine.append(encoding.tokens, to: &out) { JSONLine.append($0, to: &$1) }
        out.append(contentsOf: #","offsets":"#.utf8)
        JSONLine.append(encoding.offsets(in: offsets.offsets.unit), to: &out) { range, out in
            out.append(UInt8(ascii: "["))
            JSONLine.append(range.lowerBound, to: &out)
            out.append(UInt8(ascii: ","))
            JSONLine.append(range.upperBound, to: &out)
            out.append(UInt8(ascii: "]"))
        }
        out.append(UInt8(ascii: "}"))
    }

    /// The tokens with spaces between them, those that the tokenizer added set off.
    private func line(_ encoding: Encoding) -> String {
        let terminal = output.messages.output
        return zip(encoding.tokens, encoding.specialTokensMask).map { token, isSpecial in
            isSpecial ? terminal.styled(token.visible, .dim) : token.visible
        }.joined(separator: " ")
    }
}
