import SecureBERTIntel
import SecureBERTJSON

/// The functions of source files, without a model.
struct FunctionList {
    let root: ScanRoot
    let isJSON: Bool

    func print(_ walk: SourceWalk) throws {
        try StandardOutput.scope { out in
            var printer = ResultPrinter(out, isJSON ? .json : .text)
            for file in walk.files {
                let path = root.relative(file.path)
                let source: SourceFile
                do throws(SourceFile.Problem) {
                    source = try SourceFile(path: file.path, language: file.language)
                } catch {
                    Terminal.printNote("\(path.visible): \(error)")
                    continue
                }
                try list(source, path, &printer)
            }
            try printer.finish()
        }
    }

    private func list(_ source: SourceFile, _ path: String, _ printer: inout ResultPrinter) throws {
        for function in SourceFunctions.find(in: source.bytes, source.language, path: path) {
            let json: JSON = [
                "path": .string(path), "language": .string(source.language.rawValue),
                "name": function.name.map(JSON.string) ?? .null, "qualifiedName": .string(function.qualifiedName),
                "startLine": .integer(function.lines.lowerBound), "endLine": .integer(function.lines.upperBound),
            ]
            try printer.print(json) {
                "\(path.visible):\(function.lines.lowerBound)-\(function.lines.upperBound)  \(function.qualifiedName.visible)"
            }
        }
    }
}
