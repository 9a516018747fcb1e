/// A function of a source file.
public struct SourceFunction: Sendable, Hashable {
    /// The name it is defined with; nil for a function without one that stands in no other.
    public let name: String?
    /// The name behind those of the classes, namespaces and functions around it, with the separator of the language:
    /// `leveldb::Table::Open`, `Parser.next`. "<anonymous>" stands for what has no name.
    public let qualifiedName: String
    /// Which lines it takes, counted from 1. Decorators and comments before it do not belong to it.
    public let lines: ClosedRange<Int>
    /// Where it is among the bytes of the file.
    public let bytes: Range<Int>
}

/// Finds the functions of source files, also of broken ones, in time linear in their length.
///
/// What counts as a function: definitions with a body; methods, constructors, and functions within functions, each for itself; function
/// expressions and lambdas that are given a name (`handler = function ...`, `key: (x) => ...`, `f = lambda ...`), and functions
/// without a name that stand in no other. Declarations without a body do not.
///
/// This is no parser: it reads the tokens of a language and the brackets, and knows what a definition begins and ends with. The ranges
/// agree with those of tree-sitter (`Benchmarks/functions/compare.py`). In C and C++ the preprocessor is not run: all branches
/// of `#if` are read as long as their braces add up, otherwise the first; `#if 0` is left out.
public enum SourceFunctions {
    /// The functions of a file, in the order in which they begin.
    /// - Parameters:
    ///   - bytes: The file, in UTF-8 or at least in an encoding that contains ASCII.
    ///   - language: Its language.
    ///   - path: Its name: `.ts` has no JSX. Nil when it has none.
    public static func find(in bytes: [UInt8], _ language: SourceLanguage, path: String? = nil) -> [SourceFunction] {
        // Declarations alone.
        if let path, path.hasSuffix(".d.ts") { return [] }
        if language == .python { return PythonFunctions.find(in: bytes) }
        let isPlain = path.map { [".ts", ".mts", ".cts"].contains(where: $0.hasSuffix) } ?? false
        let tokens = SourceLexer.tokens(
            bytes, language, hasMarkup: language == .javascript || (language == .typescript && !isPlain))
        let found =
            switch language {
            case .c, .cpp: CFunctions.find(in: tokens)
            case .java: JavaFunctions.find(in: tokens)
            case .javascript: ScriptFunctions.find(in: tokens, isTyped: false)
            case .typescript: ScriptFunctions.find(in: tokens, isTyped: true)
            case .go: GoFunctions.find(in: tokens)
            case .php: PHPFunctions.find(in: tokens)
            case .python: FoundFunctions()
            }
        return assemble(found, tokens, separator: language == .cpp || language == .c || language == .php ? "::" : ".")
    }

    /// Gives the functions their full names, and leaves out those without a name within others.
    private static func assemble(
        _ found: FoundFunctions, _ tokens: SourceTokens, separator: String
    ) -> [SourceFunction] {
        let places = LinePlaces(tokens.bytes)
        let functions = found.functions.filter { $0.start < tokens.count }
            .sorted { ($0.start, -$0.end) < ($1.start, -$1.end) }
        let containers = found.containers.sorted { ($0.start, -$0.end) < ($1.start, -$1.end) }
        var nextContainer = 0
        var around: [(name: String, end: Int, isFunction: Bool)] = []
        var result: [SourceFunction] = []
        for function in functions {
            while nextContainer < containers.count, containers[nextContainer].start < function.start {
                let container = containers[nextContainer]
                while let last = around.last, last.end < container.start { around.removeLast() }
                around.append((container.name, container.end, false))
                nextContainer += 1
            }
            while let last = around.last, last.end < function.start { around.removeLast() }
            // Functions around are looked for among a bounded number of what is around.
            if function.name == nil, around.suffix(64).contains(where: \.isFunction) { continue }
            let own =
                (function.qualifier.isEmpty ? "" : function.qualifier + separator) + (function.name ?? "<anonymous>")
            let name = (around.suffix(8).map(\.name) + [own]).joined(separator: separator)
            let bytes = tokens.tokens[function.start].start..<tokens.tokens[min(function.end, tokens.count - 1)].end
            result.append(
                SourceFunction(
                    name: function.name, qualifiedName: name, lines: places.lines(of: bytes), bytes: bytes))
            around.append((own, function.end, true))
        }
        return result
    }
}

/// The lines of byte ranges, asked for in about the order of the file.
struct LinePlaces {
    private let starts: [Int]

    init(_ bytes: [UInt8]) {
        var starts = [0]
        for (index, byte) in bytes.enumerated() where byte == "\n" { starts.append(index + 1) }
        self.starts = starts
    }

    /// The line of a byte, counted from 1.
    func line(of byte: Int) -> Int {
        var (low, high) = (0, starts.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= byte { low = middle } else { high = middle }
        }
        return low + 1
    }

    func lines(of range: Range<Int>) -> ClosedRange<Int> {
        let first = line(of: range.lowerBound)
        return first...max(first, line(of: max(range.lowerBound, range.upperBound - 1)))
    }

    /// Where a line begins, counted from 1.
    func start(ofLine line: Int) -> Int { starts[max(0, min(line - 1, starts.count - 1))] }

    var count: Int { starts.count }
}
