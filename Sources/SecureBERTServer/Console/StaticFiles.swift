import HTTPTypes
import Hummingbird

/// The files that are in the program itself: the console, and the description of the routes.
package struct StaticFile: Sendable {
    package let path: String
    package let type: String
    package let content: [UInt8]

    /// Nothing from anywhere else may run or be shown, so hostile text in a report stays text, and the console works where there is no network.
    private static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        + "form-action 'none'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

    func response(_ request: Request) -> Response {
        var headers: HTTPFields = [.cacheControl: "no-cache", .make("referrer-policy"): "no-referrer"]
        headers[.make("content-security-policy")] = Self.policy
        return .bytes(content, type: type, headers: headers)
    }
}

package enum StaticFiles {
    /// Built by `swift build` out of `Console/Page` and `OpenAPI`; a test compares this list with those folders.
    package static let all =
        [
            StaticFile(path: "/", type: html, content: PackageResources.index_html),
            StaticFile(path: "/icon.svg", type: "image/svg+xml", content: PackageResources.icon_svg),
            StaticFile(path: "/openapi.json", type: "application/json", content: PackageResources.openapi_json),
        ] + styles.map { StaticFile(path: "/\($0).css", type: "text/css; charset=utf-8", content: $1) }
        + scripts.map { StaticFile(path: "/\($0).js", type: "text/javascript; charset=utf-8", content: $1) }

    private static let html = "text/html; charset=utf-8"

    private static let styles: [(String, [UInt8])] = [
        ("console", PackageResources.console_css),
        ("report", PackageResources.report_css),
        ("tasks", PackageResources.tasks_css),
        ("theme", PackageResources.theme_css),
    ]

    private static let scripts: [(String, [UInt8])] = [
        ("api", PackageResources.api_js),
        ("card", PackageResources.card_js),
        ("console", PackageResources.console_js),
        ("copy", PackageResources.copy_js),
        ("defang", PackageResources.defang_js),
        ("dom", PackageResources.dom_js),
        ("downloads", PackageResources.downloads_js),
        ("examples", PackageResources.examples_js),
        ("findings", PackageResources.findings_js),
        ("job", PackageResources.job_js),
        ("key", PackageResources.key_js),
        ("kinds", PackageResources.kinds_js),
        ("layout", PackageResources.layout_js),
        ("legend", PackageResources.legend_js),
        ("marked", PackageResources.marked_js),
        ("mask", PackageResources.mask_js),
        ("mentions", PackageResources.mentions_js),
        ("metrics", PackageResources.metrics_js),
        ("reading", PackageResources.reading_js),
        ("report", PackageResources.report_js),
        ("scan", PackageResources.scan_js),
        ("search", PackageResources.search_js),
        ("server", PackageResources.server_js),
        ("source", PackageResources.source_js),
        ("tabs", PackageResources.tabs_js),
        ("techniques", PackageResources.techniques_js),
        ("theme", PackageResources.theme_js),
        ("visible", PackageResources.visible_js),
    ]
}
