import SecureBERTCheckpoint
import SecureBERTJSON

/// The findings of an earlier scan, by their fingerprints: what is known already.
public struct ScanBaseline: Sendable {
    /// How many findings it has of each fingerprint.
    private let counts: [String: Int]

    /// Reads what `scan --format sarif` or `scan --format json` has written.
    /// - Throws: `CheckpointError` when the file cannot be read or is of another tool.
    public init(path: String) throws {
        let json = try FileSystem.readJSON(path, limit: 1 << 30)
        func error(_ problem: String) -> CheckpointError {
            CheckpointError(
                .malformed, file: path,
                "\(problem); expected what securebert scan --format sarif or --format json has written")
        }
        let fingerprints: [String]
        if let runs = json["runs"]?.arrayValue {
            let names = runs.compactMap { $0["tool"]?["driver"]?["name"]?.stringValue }
            let own = runs.filter { $0["tool"]?["driver"]?["name"]?.stringValue == "securebert" }
            guard !own.isEmpty else {
                throw error("is SARIF of \(names.first.map { "another tool, \($0.prefix(80))" } ?? "no tool")")
            }
            fingerprints = own.flatMap { $0["results"]?.arrayValue ?? [] }.compactMap {
                $0["partialFingerprints"]?[SarifLog.fingerprintKey]?.stringValue
            }
        } else if json["tool"]?["name"]?.stringValue == "securebert scan", let findings = json["findings"]?.arrayValue {
            fingerprints = findings.compactMap { $0["fingerprint"]?.stringValue }
        } else {
            throw error("is no result of a scan")
        }
        counts = fingerprints.reduce(into: [:]) { counts, fingerprint in
            counts[String(fingerprint.prefix { $0 != ":" }), default: 0] += 1
        }
    }

    /// Marks the findings that the baseline has: of equal functions as many as it has, in the order of the report.
    public func mark(_ report: inout ScanReport) {
        var rest = counts
        for index in report.findings.indices {
            guard let count = rest[report.findings[index].fingerprint], count > 0 else { continue }
            rest[report.findings[index].fingerprint] = count - 1
            report.findings[index].isKnown = true
        }
    }
}
