import HTTPTypes
import Hummingbird

/// The files that are in the program itself: the console, and the description of the routes.
struct StaticFile: Sendable {
    let path: String
    let type: String
    let content: [UInt8]

    /// Nothing from anywhere else may run or be shown, so hostile text in a report stays text, and the console works where there is no network.
    private static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        + "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"

    func response(_ request: Request) -> Response {
        var headers: HTTPFields = [.cacheControl: "no-cache", .make("referrer-policy"): "no-referrer"]
        headers[.make("content-security-policy")] = Self.policy
        return .bytes(content, type: type, headers: headers)
    }
}

enum StaticFiles {
    static let all = [
        StaticFile(path: "/", type: "text/html; charset=utf-8", content: PackageResources.index_html),
        StaticFile(path: "/console.css", type: "text/css; charset=utf-8", content: PackageResources.console_css),
    ]
}
