import ArgumentParser
import Logging
import SecureBERT
import SecureBERTCheckpoint
import SecureBERTIntel
import SecureBERTServer
import SecureBERTTensor

/// `securebert serve`: every task over HTTP.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve every task over HTTP, with the routes of other servers, and a console for browsers.",
        usage: "securebert serve [<options>]",
        discussion: """
            Routes: /embed, /rerank, /predict, /similarity, /tokenize, /decode, /info as text-embeddings-inference; /v1/embeddings and \
            /v1/models as OpenAI; /v1/rerank as Cohere and Jina; /models/ID as Hugging Face; /v1/analyze, /v1/text, /v1/scan, /v1/search, \
            /v1/ner, /v1/fill-mask; /stix for OpenCTI; /health, /ready, /metrics, /openapi.json; and the console at /.

            The shipped models are served, and those of --model; with --only-models just the latter. An index that --index or --store names must \
            be usable; without them the default one is searched where it fits, and /v1/search says why where it does not. Logs are JSON, one line a request, without \
            any text of it. SIGTERM and Ctrl-C answer what was taken and end the program; a second one ends it at once.

            Every option can be a variable: --max-batch-tokens is SECUREBERT_SERVE_MAX_BATCH_TOKENS.

            EXAMPLES
              securebert serve
              securebert serve --new-key soc >> keys.txt
              securebert serve --host 0.0.0.0 --api-key-file keys.txt --tls-certificate chain.pem --tls-key key.pem
              securebert serve --model rerank=DIR --index intel.index
              curl -s localhost:3000/embed -H 'content-type: application/json' -d '{"inputs": "lateral movement"}'
            """)

    @Option(help: ArgumentHelp("Address to listen on.", valueName: "address"))
    var host = environment("host") ?? "127.0.0.1"

    @Option(help: ArgumentHelp("Port; 0 for one that is free.", valueName: "n"))
    var port = environment("port").flatMap { Int($0) } ?? 3000

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "A model to serve: a folder or a name, with what to call it in front. Can be repeated.",
            valueName: "[id=]dir|org/name"))
    var model: [String] = environment("model").map { $0.split(separator: ",").map(String.init) } ?? []

    @Flag(help: "Serve only the models of --model, none of the shipped.")
    var onlyModels = environment("only-models") == "true"

    @Option(
        help: ArgumentHelp(
            "File with the keys that clients have to show: a line each, as --new-key prints them.", valueName: "file"),
        completion: .file())
    var apiKeyFile: String?

    @Option(
        help: ArgumentHelp(
            "Print a new key to the standard error, its line for the file to the output, and stop.", valueName: "name"))
    var newKey: String?

    @Option(
        help: ArgumentHelp("PEM file with the certificate chain, for HTTPS.", valueName: "file"), completion: .file())
    var tlsCertificate: String?

    @Option(help: ArgumentHelp("PEM file with its private key.", valueName: "file"), completion: .file())
    var tlsKey: String?

    @Option(
        help: ArgumentHelp(
            "Pages of this origin may use the server. Can be repeated. Default: none.", valueName: "https://host"))
    var corsOrigin: [String] = environment("cors-origin").map { $0.split(separator: ",").map(String.init) } ?? []

    @OptionGroup var location: IndexLocationOption

    @Option(
        help: ArgumentHelp(
            "A served cross-encoder that reads the best results of the index again, for searches with rerank_depth. Default: securebert-mini-rerank.",
            valueName: "id"))
    var indexReranker: String?

    @OptionGroup var limits: ServeLimits
    @OptionGroup var knowledge: KnowledgeOptions
    @OptionGroup var compute: ComputeOptions
    @OptionGroup var messages: MessageOptions

    /// The value of an option's variable.
    static func environment(_ option: String) -> String? {
        let name = "SECUREBERT_SERVE_" + option.uppercased().map { $0 == "-" ? "_" : String($0) }.joined()
        return SystemCalls.environment(name)
    }

    /// What is wrong with an option's variable; without this its default would be taken in silence.
    static func malformed(_ option: String, _ value: String, expected: String = "a number") -> ValidationError {
        ValidationError("the variable of --\(option) must be \(expected), found \"\(value.visible)\"")
    }

    mutating func validate() throws {
        if let value = Self.environment("port"), Int(value) == nil { throw Self.malformed("port", value) }
        if let value = Self.environment("only-models"), !["true", "false"].contains(value) {
            throw Self.malformed("only-models", value, expected: "true or false")
        }
        apiKeyFile = apiKeyFile ?? Self.environment("api-key-file")
        tlsCertificate = tlsCertificate ?? Self.environment("tls-certificate")
        tlsKey = tlsKey ?? Self.environment("tls-key")
        guard (0...65535).contains(port) else { throw ValidationError("--port must be 0 to 65535, found \(port)") }
        guard (tlsCertificate == nil) == (tlsKey == nil) else {
            throw ValidationError("--tls-certificate and --tls-key belong together, only one was given")
        }
        if onlyModels, model.isEmpty { throw ValidationError("--only-models needs at least one --model") }
        if let newKey, newKey.isEmpty || newKey.contains(where: { $0.isWhitespace || $0 == "#" }) {
            throw ValidationError("--new-key must be a name without spaces, found \"\(newKey)\"")
        }
    }

    func run() async throws {
        if let newKey { return try printKey(newKey) }
        let settings = try settings()
        SystemCalls.raiseFileLimit()
        let logger = Logger(label: "securebert") { _ in JSONLogHandler() }
        let content = try ServedContent.load(self, version: settings.version, logger)
        let server = try Server(settings, content, logger: logger)
        let (stop, continuation) = AsyncStream<Void>.makeStream()
        let (scheme, host) = (tlsKey == nil ? "http" : "https", host)
        try await Interruption.telling({ continuation.yield() }) {
            do {
                try await server.run(stop: stop) { port in
                    logger.info(
                        "listening on \(scheme)://\(host.contains(":") ? "[\(host)]" : host):\(port)",
                        metadata: ["models": "\(content.models.map(\.id).joined(separator: ", "))"])
                }
            } catch let error as Server.StartError {
                throw CommandLineError(.badInput, error.description)
            }
        }
    }

    private func printKey(_ name: String) throws {
        let (key, line) = APIKeys.make(name: name)
        try StandardOutput.scope { try $0.write(line + "\n") }
        Terminal.printNote("the key of \(name), which is shown only now: \(key)")
    }

    private func settings() throws -> ServerSettings {
        var settings = ServerSettings()
        (settings.host, settings.port, settings.version) = (host, port, SecureBERTCommand.version)
        settings.tls = tlsCertificate.flatMap { certificate in
            tlsKey.map { ServerSettings.TLSFiles(certificate: certificate, key: $0) }
        }
        settings.corsOrigins = Set(corsOrigin)
        limits.apply(to: &settings)
        do {
            settings.keys = try apiKeyFile.map { try APIKeys(path: $0) }
        } catch let problem as APIKeys.Problem {
            throw CommandLineError(.badInput, problem.description)
        }
        return settings
    }
}

/// How much the server takes.
struct ServeLimits: ParsableArguments {
    @Option(help: ArgumentHelp("Tokens that are computed together.", valueName: "n"))
    var maxBatchTokens = integer("max-batch-tokens") ?? 2048

    @Option(help: ArgumentHelp("Requests that are answered at once; more get 429.", valueName: "n"))
    var maxConcurrentRequests = integer("max-concurrent-requests") ?? 512

    @Option(help: ArgumentHelp("Texts of one request; more get 413.", valueName: "n"))
    var maxClientBatchSize = integer("max-client-batch-size") ?? 1024

    @Option(
        help: ArgumentHelp(
            "A request that would wait longer gets 429 with the time to wait; 0 lets every request wait.",
            valueName: "seconds"))
    var maxQueueSeconds = ServeCommand.environment("max-queue-seconds").flatMap { Double($0) } ?? 10

    @Option(help: ArgumentHelp("Bytes of a request's body; more get 413.", valueName: "n"))
    var payloadLimit = integer("payload-limit") ?? 2_000_000

    @Option(help: ArgumentHelp("Bytes of a document that is sent as a file; more get 413.", valueName: "n"))
    var uploadLimit = integer("upload-limit") ?? 20_000_000

    @Option(help: ArgumentHelp("For pdftotext to read one PDF; one that takes longer gets 422.", valueName: "seconds"))
    var documentTimeout = integer("document-timeout") ?? 30

    @Option(help: ArgumentHelp("For the header of a request; who is slower is disconnected.", valueName: "seconds"))
    var headerTimeout = integer("header-timeout") ?? 10

    @Option(help: ArgumentHelp("For the body of a request.", valueName: "seconds"))
    var bodyTimeout = integer("body-timeout") ?? 60

    @Option(
        help: ArgumentHelp("After SIGTERM, how long requests are still taken: until others know.", valueName: "seconds")
    )
    var drainDelay = ServeCommand.environment("drain-delay").flatMap { Double($0) } ?? 1

    @Option(help: ArgumentHelp("After that, how long those that were taken may need.", valueName: "seconds"))
    var drainTimeout = ServeCommand.environment("drain-timeout").flatMap { Double($0) } ?? 30

    private static func integer(_ option: String) -> Int? { ServeCommand.environment(option).flatMap { Int($0) } }

    private static let integers = [
        "max-batch-tokens", "max-concurrent-requests", "max-client-batch-size", "payload-limit", "upload-limit",
        "document-timeout", "header-timeout", "body-timeout",
    ]
    private static let seconds = ["max-queue-seconds", "drain-delay", "drain-timeout"]

    mutating func validate() throws {
        for option in Self.integers + Self.seconds {
            guard let value = ServeCommand.environment(option) else { continue }
            let isNumber = Self.integers.contains(option) ? Int(value) != nil : Double(value) != nil
            guard isNumber else { throw ServeCommand.malformed(option, value) }
        }
        for (name, value, range) in [
            ("--max-batch-tokens", maxBatchTokens, 1...1_000_000),
            ("--max-concurrent-requests", maxConcurrentRequests, 1...100_000),
            ("--max-client-batch-size", maxClientBatchSize, 1...1_000_000),
            ("--payload-limit", payloadLimit, 1...1_000_000_000),
            ("--upload-limit", uploadLimit, 1...1_000_000_000), ("--document-timeout", documentTimeout, 1...3600),
            ("--header-timeout", headerTimeout, 1...3600),
            ("--body-timeout", bodyTimeout, 1...3600),
        ] where !range.contains(value) {
            throw ValidationError("\(name) must be \(range.lowerBound) to \(range.upperBound), found \(value)")
        }
        for (name, value) in [
            ("--max-queue-seconds", maxQueueSeconds), ("--drain-delay", drainDelay), ("--drain-timeout", drainTimeout),
        ] where !(0...3600).contains(value) {
            throw ValidationError("\(name) must be 0 to 3600, found \(value)")
        }
    }

    func apply(to settings: inout ServerSettings) {
        settings.maximumBatchTokens = maxBatchTokens
        settings.maximumConcurrentRequests = maxConcurrentRequests
        settings.maximumInputs = maxClientBatchSize
        settings.maximumQueueSeconds = maxQueueSeconds == 0 ? nil : maxQueueSeconds
        (settings.maximumBodyBytes, settings.maximumUploadBytes) = (payloadLimit, uploadLimit)
        settings.documentSeconds = documentTimeout
        (settings.headerSeconds, settings.bodySeconds) = (headerTimeout, bodyTimeout)
        (settings.drainDelaySeconds, settings.drainSeconds) = (drainDelay, drainTimeout)
    }
}
