import NIOHTTP1
import SecureBERTCheckpoint

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension HubTransport {
    /// Does something until it works, fails for good, or has failed too often.
    /// - Parameter what: for the message: "the list of files of org/name".
    func retrying<Result>(_ what: String, _ body: () async throws -> Result) async throws -> Result {
        var failures = 0
        while true {
            do {
                return try await body()
            } catch let failure as TransientFailure {
                failures += 1
                try await pause(afterFailures: failures, failure, what: what)
            }
        }
    }

    /// Waits before the next attempt.
    /// - Throws: ``HubError`` with code `network` when there have been enough failures in a row.
    func pause(afterFailures failures: Int, _ failure: TransientFailure, what: String) async throws {
        guard failures < configuration.retries.attempts else {
            throw HubError(
                .network,
                "Cannot get \(what) from \(endpoint.text): \(failure.problem), \(failures) times in a row; "
                    + "check the network, HF_ENDPOINT and the proxy, and pull again to continue")
        }
        try await Task.sleep(
            for: configuration.retries.delay(afterFailures: failures, retryAfter: failure.retryAfter))
    }

    /// Throws unless the answer is a success.
    /// - Parameters:
    ///   - what: for the message.
    ///   - reference: for the message.
    /// - Throws: ``TransientFailure`` for answers that may change, ``HubError`` for those that will not.
    func requireSuccess(_ response: HubResponse, _ what: String, of reference: HubReference) throws {
        let status = response.status
        if (200...299).contains(status) { return }
        // Content servers refuse addresses that have expired; the hub gives a new one.
        if [408, 425, 429, 500, 502, 503, 504].contains(status)
            || !response.isFromHub && [401, 403, 410].contains(status)
        {
            let seconds = response.headers.first(name: "Retry-After").flatMap(Int.init).map { min(max($0, 0), 86_400) }
            throw TransientFailure(
                problem: "the answer was \(status)",
                retryAfter: status == 429 || status == 503 ? seconds.map(Duration.seconds) : nil)
        }
        let reason = response.hubHeaders.first(name: "X-Error-Message").map { " (\($0.printable))" } ?? ""
        switch (status, response.hubHeaders.first(name: "X-Error-Code")) {
        case (_, "RevisionNotFound"):
            throw HubError(
                .notFound,
                "\(reference.repository) on \(endpoint.text) has no branch, tag or commit \"\(reference.revision)\"")
        case (403, _), (_, "GatedRepo"):
            throw HubError(
                .unauthorized,
                "\(endpoint.text) refuses \(what)\(reason); if the model is gated, ask for access on its page, "
                    + "then set HF_TOKEN to a token of that account")
        case (401, _): throw HubError(.unauthorized, unauthorized(what, reason: reason))
        case (404, _):
            throw HubError(
                .notFound,
                "\(endpoint.text) does not have \(what)\(reason); check the name, and set HF_TOKEN if it is private")
        default: throw HubError(.network, "\(endpoint.text) answered \(status) when asked for \(what)\(reason)")
        }
    }

    private func unauthorized(_ what: String, reason: String) -> String {
        guard configuration.token != nil else {
            return "\(endpoint.text) does not give out \(what) without a token\(reason); "
                + "check the name, and set HF_TOKEN if the model is private or gated"
        }
        guard endpoint.mayCarryToken else {
            return "\(endpoint.text) wants a token for \(what)\(reason), and a token is only sent over https"
        }
        return "\(endpoint.text) does not accept the token for \(what)\(reason); check HF_TOKEN and the name"
    }
}
