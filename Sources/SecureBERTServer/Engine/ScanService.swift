import SecureBERT
import SecureBERTIntel
import SecureBERTJSON

/// Scans source code, for `/v1/scan`.
package struct ScanService: Sendable {
    private let classifier: TextClassifier
    private let context: ScanContext

    /// - Throws: `TaskError` when the classifier is none of code.
    package init(_ classifier: TextClassifier, context: ScanContext) throws {
        _ = try CodeScanner(classifier, cache: nil)
        (self.classifier, self.context) = (classifier, context)
    }

    /// A file of a request.
    struct File: Sendable {
        let path: String
        let language: SourceLanguage
        let content: [UInt8]
    }

    enum Format: String, CaseIterable, Sendable {
        case json, sarif
    }

    /// The scan of files as a document.
    /// - Parameter isCancelled: Asked between files and between functions.
    func scan(_ files: [File], threshold: Double?, _ format: Format, isCancelled: () -> Bool) throws -> JSON {
        var options = CodeScanner.Options()
        options.threshold = threshold
        var scanner = try CodeScanner(classifier, cache: nil, options: options)
        func check(_: Int) throws { if isCancelled() { throw CancellationError() } }
        for file in files {
            try check(0)
            let source: SourceFile
            do throws(SourceFile.Problem) {
                source = try SourceFile(file.content, file.language)
            } catch {
                scanner.note(ScanNote(.warning, code: error.code.rawValue, path: file.path, error.description))
                continue
            }
            try scanner.add(source, path: file.path, progress: check)
        }
        let report = try scanner.finish(progress: check)
        switch format {
        case .json: return ScanJSON(report: report, context: context).json
        case .sarif: return SarifLog(report, context.sarif).json
        }
    }
}
