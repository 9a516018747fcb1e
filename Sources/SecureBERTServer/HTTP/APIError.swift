import HTTPTypes
import Hummingbird
import SecureBERTJSON

/// A request that cannot be answered: a status, the kind that text-embeddings-inference calls it, and one sentence.
package struct APIError: Error, Sendable, CustomStringConvertible {
    /// The kinds, each with its one status.
    package enum Kind: String, Sendable {
        /// The request cannot be read at all: 400.
        case malformed = "Malformed"
        /// There is nothing to do: 400.
        case empty = "Empty"
        case unauthorized = "Unauthorized"
        case notFound = "NotFound"
        case methodNotAllowed = "MethodNotAllowed"
        case tooLarge = "TooLarge"
        case unsupportedMediaType = "UnsupportedMediaType"
        /// The request can be read, but asks for something that does not exist or contradicts itself: 422.
        case validation = "Validation"
        /// The text cannot be tokenized: 422.
        case tokenizer = "Tokenizer"
        case overloaded = "Overloaded"
        /// The program is stopping, or cannot use what it needs now: 503.
        case unhealthy = "Unhealthy"
        /// A defect of this program.
        case backend = "Backend"

        package var status: HTTPResponse.Status {
            switch self {
            case .malformed, .empty: .badRequest
            case .unauthorized: .unauthorized
            case .notFound: .notFound
            case .methodNotAllowed: .methodNotAllowed
            case .tooLarge: .contentTooLarge
            case .unsupportedMediaType: .unsupportedMediaType
            case .validation, .tokenizer: .unprocessableContent
            case .overloaded: .tooManyRequests
            case .unhealthy: .serviceUnavailable
            case .backend: .internalServerError
            }
        }
    }

    package let kind: Kind
    /// One sentence.
    package let message: String
    /// What to answer beside the body: `Retry-After`, `Allow`, `WWW-Authenticate`.
    package var headers: HTTPFields = [:]
    /// The field of the request that is at fault.
    package var parameter: String?

    package init(_ kind: Kind, _ message: String, parameter: String? = nil) {
        (self.kind, self.message, self.parameter) = (kind, message, parameter)
    }

    package var description: String { message }

    /// Seconds after which it may go better, as the header has them.
    package var retryAfter: String? { headers[.retryAfter] }

    /// Too much to do.
    /// - Parameter afterSeconds: How long what waits will take.
    static func overloaded(afterSeconds: Double, _ message: String = "the server has too much to do; try again later")
        -> APIError
    {
        var error = APIError(.overloaded, message)
        error.headers[.retryAfter] = String(min(3600, max(1, Int(afterSeconds.rounded(.up)))))
        return error
    }

    /// The body as the routes' own clients expect it.
    func json(_ style: Style) -> JSON {
        switch style {
        case .plain: ["error": .string(message), "error_type": .string(kind.rawValue)]
        case .openAI:
            [
                "error": [
                    "message": .string(message), "type": .string(openAIType),
                    "param": parameter.map(JSON.string) ?? .null, "code": .string(openAICode),
                ]
            ]
        }
    }

    /// The shapes of error bodies.
    enum Style: Sendable {
        /// `{"error", "error_type"}`, as text-embeddings-inference.
        case plain
        /// `{"error": {"message", "type", "param", "code"}}`
        case openAI

        init(path: String) {
            self = path.hasPrefix("/v1/embeddings") || path.hasPrefix("/v1/models") ? .openAI : .plain
        }
    }

    private var openAIType: String {
        switch kind {
        case .unauthorized: "authentication_error"
        case .overloaded: "rate_limit_error"
        case .unhealthy, .backend: "server_error"
        default: "invalid_request_error"
        }
    }

    private var openAICode: String {
        switch kind {
        case .unauthorized: "invalid_api_key"
        case .notFound: parameter == "model" ? "model_not_found" : "not_found"
        case .overloaded: "rate_limit_exceeded"
        default: kind.rawValue.lowercased()
        }
    }
}
