/// How the server is set up.
package struct ServerSettings: Sendable {
    /// Where to listen; port 0 for any that is free.
    package var host = "127.0.0.1"
    package var port = 3000
    /// PEM files; nil for plain HTTP.
    package var tls: TLSFiles?
    /// Nil to ask for no key.
    package var keys: APIKeys?
    /// Pages of these origins may use the server.
    package var corsOrigins: Set<String> = []
    /// Requests that are answered at once; more are refused.
    package var maximumConcurrentRequests = 512
    /// Tokens that are computed together.
    package var maximumBatchTokens = 2048
    /// A request that would wait longer is refused; nil to let every request wait.
    package var maximumQueueSeconds: Double? = 10
    /// Texts of one request.
    package var maximumInputs = 1024
    /// Bytes of a request's body.
    package var maximumBodyBytes = 2_000_000
    /// Bytes of a document that is sent as a file, and of its text.
    package var maximumUploadBytes = 20_000_000
    /// For the program that reads a PDF.
    package var documentSeconds = 30
    /// Seconds for the header of a request, and for its body.
    package var headerSeconds = 10
    package var bodySeconds = 60
    /// After SIGTERM: seconds in which requests are still taken, then seconds in which those that were taken are answered.
    package var drainDelaySeconds = 1.0
    package var drainSeconds = 30.0
    /// What the program calls itself.
    package var version = ""

    package init() {}

    /// The files of a certificate chain and its private key.
    package struct TLSFiles: Sendable {
        package let certificate: String
        package let key: String

        package init(certificate: String, key: String) { (self.certificate, self.key) = (certificate, key) }
    }
}
