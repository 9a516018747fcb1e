import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What the server has done, as `GET /metrics` tells it in the text format of Prometheus, version 0.0.4.
final class ServerMetrics: Sendable {
    private struct Route: Hashable {
        let route: String
        let status: Int
    }

    private struct State {
        var requests: [Route: Int] = [:]
        var durations: [String: Histogram] = [:]
        var tokenizing = Histogram(bounds: Histogram.seconds)
        var queueing = Histogram(bounds: Histogram.seconds)
        var computing = Histogram(bounds: Histogram.seconds)
        var batchTokens = Histogram(bounds: Histogram.sizes)
        var batchRequests = Histogram(bounds: Histogram.sizes)
        var tokens: [String: Int] = [:]
        var cancelled = 0
    }

    private let state = Mutex(State())
    private let start = ContinuousClock.now

    func request(route: String, status: Int, seconds: Double) {
        state.withLock { state in
            state.requests[Route(route: route, status: status), default: 0] += 1
            state.durations[route, default: Histogram(bounds: Histogram.seconds)].add(seconds)
        }
    }

    func timing(_ timing: RequestTiming) {
        state.withLock { state in
            state.tokenizing.add(timing.tokenize.seconds)
            state.queueing.add(timing.queue.seconds)
            state.computing.add(timing.compute.seconds)
        }
    }

    func batch(_ batch: ComputedBatch) {
        state.withLock { state in
            state.batchTokens.add(Double(batch.tokens))
            state.batchRequests.add(Double(batch.requests))
            state.tokens[batch.lane, default: 0] += batch.tokens
        }
    }

    func cancelled() { state.withLock { $0.cancelled += 1 } }

    /// The page.
    /// - Parameters:
    ///   - queueSize: Requests and jobs that wait or are computed.
    ///   - waitingSeconds: How long a request that came now would wait.
    ///   - connections: That are open.
    func text(queueSize: Int, waitingSeconds: Double, connections: Int) -> String {
        let state = state.withLock { $0 }
        var page = MetricsPage()
        page.family("securebert_requests_total", "counter", "Requests by route and status.")
        for (route, count) in state.requests.sorted(by: {
            ($0.key.route, $0.key.status) < ($1.key.route, $1.key.status)
        }) {
            page.sample("securebert_requests_total", [("route", route.route), ("status", "\(route.status)")], count)
        }
        page.family(
            "securebert_request_seconds", "histogram", "Time from the head of a request to its response, by route.")
        for (route, histogram) in state.durations.sorted(by: { $0.key < $1.key }) {
            page.histogram("securebert_request_seconds", [("route", route)], histogram)
        }
        for (name, help, histogram) in [
            ("securebert_tokenize_seconds", "Time a request was tokenized.", state.tokenizing),
            ("securebert_queue_seconds", "Time a request waited to be computed.", state.queueing),
            ("securebert_compute_seconds", "Time the batches of a request took.", state.computing),
            ("securebert_batch_tokens", "Tokens of a batch.", state.batchTokens),
            ("securebert_batch_requests", "Requests that shared a batch.", state.batchRequests),
        ] {
            page.family(name, "histogram", help)
            page.histogram(name, [], histogram)
        }
        page.family("securebert_tokens_total", "counter", "Tokens that models have read, special tokens included.")
        for (lane, count) in state.tokens.sorted(by: { $0.key < $1.key }) {
            page.sample("securebert_tokens_total", [("model", lane)], count)
        }
        page.family("securebert_cancelled_total", "counter", "Requests whose clients left before they were answered.")
        page.sample("securebert_cancelled_total", [], state.cancelled)
        page.family("securebert_queue_size", "gauge", "Requests that wait or are computed.")
        page.sample("securebert_queue_size", [], queueSize)
        page.family("securebert_queue_wait_seconds", "gauge", "How long a request that came now would wait.")
        page.sample("securebert_queue_wait_seconds", [], waitingSeconds)
        page.family("securebert_connections", "gauge", "Open connections.")
        page.sample("securebert_connections", [], connections)
        page.family("securebert_uptime_seconds", "gauge", "Time since the start.")
        page.sample("securebert_uptime_seconds", [], (ContinuousClock.now - start).seconds)
        if let bytes = Self.residentBytes {
            page.family("process_resident_memory_bytes", "gauge", "Resident memory.")
            page.sample("process_resident_memory_bytes", [], bytes)
        }
        return page.text
    }

    /// Memory in use, where the system tells it as Linux does.
    static var residentBytes: Int? {
        guard let file = fopen("/proc/self/statm", "r") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 128)
        guard fgets(&line, Int32(line.count), file) != nil else { return nil }
        let fields = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self).split(
            separator: " ")
        return fields.count > 1 ? Int(fields[1]).map { $0 * Int(sysconf(Int32(_SC_PAGESIZE))) } : nil
    }
}

/// Writes the text format.
private struct MetricsPage {
    private(set) var text = ""

    mutating func family(_ name: String, _ type: String, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
    }

    mutating func sample(_ name: String, _ labels: [(String, String)], _ value: Int) {
        text += "\(name)\(Self.text(labels)) \(value)\n"
    }

    mutating func sample(_ name: String, _ labels: [(String, String)], _ value: Double) {
        text += "\(name)\(Self.text(labels)) \(value)\n"
    }

    mutating func histogram(_ name: String, _ labels: [(String, String)], _ histogram: Histogram) {
        var count = 0
        for (bound, own) in zip(histogram.bounds.map { "\($0)" } + ["+Inf"], histogram.counts) {
            count += own
            sample("\(name)_bucket", labels + [("le", bound)], count)
        }
        sample("\(name)_sum", labels, histogram.sum)
        sample("\(name)_count", labels, count)
    }

    private static func text(_ labels: [(String, String)]) -> String {
        guard !labels.isEmpty else { return "" }
        return "{" + labels.map { "\($0)=\"\(escaped($1))\"" }.joined(separator: ",") + "}"
    }

    private static func escaped(_ value: String) -> String {
        var result = ""
        for character in value.unicodeScalars {
            switch character {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }
}
