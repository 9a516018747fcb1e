import SecureBERT
import SecureBERTJSON

/// A scan as SARIF 2.1.0 (OASIS standard, 2020), within the limits of GitHub's code scanning.
public struct SarifLog {
    /// What the log says beside the findings.
    public struct Context: Sendable {
        /// The version of this program.
        public var toolVersion: String
        /// What the model is called.
        public var model: String
        /// What its scores are worth; nil when that was not measured.
        public var triage: TriageTable?
        /// Tells the runs of one repository apart, such as one for each part of it.
        public var category: String
        /// Whether a baseline was compared with.
        public var hasBaseline: Bool
        /// Names of weaknesses by their id, such as "CWE-787".
        public var weaknessNames: [String: String]

        /// A context.
        public init(
            toolVersion: String, model: String, triage: TriageTable?, category: String, hasBaseline: Bool,
            weaknessNames: [String: String] = [:]
        ) {
            (self.toolVersion, self.model, self.triage) = (toolVersion, model, triage)
            (self.category, self.hasBaseline, self.weaknessNames) = (category, hasBaseline, weaknessNames)
        }
    }

    /// GitHub refuses a run with more results; the best are kept.
    public static let mostResults = 25_000
    /// The key of the fingerprint among `partialFingerprints`; the number is that of the way it is made.
    static let fingerprintKey = "securebertFunction/v1"
    static let base = "%SRCROOT%"

    private let report: ScanReport
    private let context: Context
    /// SARIF wants all results to say whether they are suppressed when one does.
    private let hasSuppressions: Bool

    /// - Parameters:
    ///   - report: The scan.
    ///   - context: What else is said.
    public init(_ report: ScanReport, _ context: Context) {
        (self.report, self.context) = (report, context)
        hasSuppressions = report.findings.contains { $0.suppression != nil }
    }

    /// The document.
    public var json: JSON {
        let findings = Array(report.findings.prefix(Self.mostResults))
        let rules = SarifRules(findings, threshold: report.threshold, context)
        var run: [(String, JSON)] = [("tool", ["driver": driver(rules)])]
        run.append(("automationDetails", ["id": .string("securebert-scan/\(context.category)")]))
        run.append(("invocations", [invocation(left: report.findings.count - findings.count)]))
        let root: JSON = ["description": ["text": "The root of the scanned sources."]]
        run.append(("originalUriBaseIds", .object(.init([(Self.base, root)]))))
        run.append(("columnKind", "unicodeCodePoints"))
        if !rules.weaknesses.isEmpty { run.append(("taxonomies", [rules.taxonomy])) }
        run.append(("results", .array(results(findings, rules))))
        return [
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0",
            "runs": [.object(.init(run))],
        ]
    }

    private func driver(_ rules: SarifRules) -> JSON {
        var members: [(String, JSON)] = [
            ("name", "securebert"), ("semanticVersion", .string(context.toolVersion)), ("rules", rules.json),
            ("properties", ["model": .string(context.model), "threshold": .number(report.threshold)]),
        ]
        if !rules.weaknesses.isEmpty { members.append(("supportedTaxonomies", [["name": "CWE"]])) }
        return .object(.init(members))
    }

    // MARK: - What went otherwise

    private func invocation(left: Int) -> JSON {
        var notes = report.notes
        if left > 0 {
            notes.append(
                ScanNote(
                    .warning, code: "results-left-out",
                    "\(left) findings with the lowest scores are left out: a run has at most \(Self.mostResults) results"
                ))
        }
        return [
            "executionSuccessful": .bool(!notes.contains { $0.level == .error }),
            "toolExecutionNotifications": .array(notes.map(Self.notification)),
        ]
    }

    private static func notification(_ note: ScanNote) -> JSON {
        var members: [(String, JSON)] = [
            ("level", .string(note.level.rawValue)), ("descriptor", ["id": .string(note.code)]),
            ("message", ["text": .string((note.path.map { "\($0): " } ?? "") + note.message)]),
        ]
        if let path = note.path {
            members.append(("locations", [["physicalLocation": ["artifactLocation": location(path)]]]))
        }
        return .object(.init(members))
    }

    private static func location(_ path: String) -> JSON {
        ["uri": .string(SarifURI.relative(path)), "uriBaseId": .string(base)]
    }

    // MARK: - Results

    private func results(_ findings: [ScanFinding], _ rules: SarifRules) -> [JSON] {
        // Equal functions are told apart by their order.
        var occurrences: [String: Int] = [:]
        let order = findings.indices.sorted {
            (findings[$0].path, findings[$0].function.bytes.lowerBound)
                < (findings[$1].path, findings[$1].function.bytes.lowerBound)
        }
        var numbers = [Int](repeating: 1, count: findings.count)
        for index in order {
            occurrences[findings[index].fingerprint, default: 0] += 1
            numbers[index] = occurrences[findings[index].fingerprint] ?? 1
        }
        return zip(findings, numbers).map { result($0, number: $1, rules) }
    }

    private func result(_ finding: ScanFinding, number: Int, _ rules: SarifRules) -> JSON {
        let fingerprint = JSON.string("\(finding.fingerprint):\(number)")
        var members: [(String, JSON)] = [
            ("ruleId", .string(rules.id(finding))), ("ruleIndex", .integer(rules.index(finding))),
            ("level", "warning"), ("rank", .number((finding.score * 1000).rounded() / 10)),
            ("message", ["text": .string(message(finding))]),
            (
                "locations",
                [
                    [
                        "physicalLocation": [
                            "artifactLocation": Self.location(finding.path),
                            "region": Self.region(finding),
                        ],
                        "logicalLocations": [
                            [
                                "name": .string(finding.function.name ?? "<anonymous>"),
                                "fullyQualifiedName": .string(finding.function.qualifiedName), "kind": "function",
                            ]
                        ],
                    ]
                ]
            ),
            // GitHub tells alerts apart by the first of them, other tools by ours.
            (
                "partialFingerprints",
                .object(.init([("primaryLocationLineHash", fingerprint), (Self.fingerprintKey, fingerprint)]))
            ),
        ]
        if !finding.lines.isEmpty {
            members.append(
                (
                    "relatedLocations",
                    .array(finding.lines.enumerated().map { Self.related($0.element, id: $0.offset + 1, finding.path) })
                ))
        }
        if let reason = finding.suppression {
            var suppression: [(String, JSON)] = [("kind", "inSource")]
            if !reason.isEmpty { suppression.append(("justification", .string(reason))) }
            members.append(("suppressions", [.object(.init(suppression))]))
        } else if hasSuppressions {
            members.append(("suppressions", []))
        }
        if context.hasBaseline { members.append(("baselineState", finding.isKnown ? "unchanged" : "new")) }
        members.append(("properties", ["score": .number((finding.score * 10000).rounded() / 10000)]))
        return .object(.init(members))
    }

    /// The lines of the function, with its text when it is short.
    private static func region(_ finding: ScanFinding) -> JSON {
        let lines = finding.function.lines
        var members: [(String, JSON)] = [
            ("startLine", .integer(lines.lowerBound)), ("endLine", .integer(lines.upperBound)),
            ("sourceLanguage", .string(finding.language.rawValue)),
        ]
        if finding.snippet.utf8.count(where: { $0 == UInt8(ascii: "\n") }) + 1 >= lines.count {
            members.append(("snippet", ["text": .string(finding.snippet)]))
        }
        return .object(.init(members))
    }

    private static func related(_ line: ScanFinding.Line, id: Int, _ path: String) -> JSON {
        [
            "id": .integer(id),
            "message": [
                "text": .string(
                    "line \(line.number): \(percent(line.share)) of what speaks for it, by gradient x input")
            ],
            "physicalLocation": [
                "artifactLocation": location(path),
                "region": ["startLine": .integer(line.number), "snippet": ["text": .string(line.text)]],
            ],
        ]
    }

    private func message(_ finding: ScanFinding) -> String {
        var text =
            "Triage, not proof: the model gives the function \(finding.function.qualifiedName.markdown) a score of \(Self.rounded(finding.score))"
        if finding.label != "vulnerable", !finding.label.isEmpty { text += ", most probably \(finding.label)" }
        text += "."
        if let triage = context.triage, let row = triage.row(for: finding.score) {
            let precision = row.precision
            text += """
                 Of functions with at least \(Self.rounded(row.score)), \(Self.percent(precision.value)) (95 % interval \
                \(Self.percent(precision.interval.lowerBound)) to \(Self.percent(precision.interval.upperBound))) were \
                vulnerable in \(triage.data).
                """
        } else {
            text += " How often such scores are right has not been measured."
        }
        if !finding.lines.isEmpty {
            let links = finding.lines.enumerated().map { "[\($0.element.number)](\($0.offset + 1))" }
            text += " Lines that matter most, by gradient x input: \(links.joined(separator: ", "))."
        }
        return text
    }

    static func rounded(_ value: Double) -> String {
        let hundredths = Int((value * 100).rounded())
        return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
    }

    static func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }
}

extension String {
    /// As code in a message of SARIF, where brackets begin links.
    fileprivate var markdown: String {
        "`"
            + String(decoding: utf8.filter { $0 != UInt8(ascii: "`") && $0 >= 0x20 }, as: UTF8.self)
            .split(separator: "[", omittingEmptySubsequences: false).joined(separator: "\\[")
            .split(separator: "]", omittingEmptySubsequences: false).joined(separator: "\\]") + "`"
    }
}

/// Paths as URIs.
enum SarifURI {
    /// A path with `/` between folders as a relative reference: RFC 3986, section 4.2.
    static func relative(_ path: String) -> String {
        var uri = ""
        for byte in path.utf8 {
            switch byte {
            case _ where byte.isAlphanumeric, "/", "-", ".", "_", "~": uri.unicodeScalars.append(Unicode.Scalar(byte))
            default: uri += (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
            }
        }
        return uri
    }
}
