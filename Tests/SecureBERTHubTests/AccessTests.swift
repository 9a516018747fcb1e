import HubTestSupport
import NIOHTTP1
import SecureBERTHub
import Testing

/// Tokens, redirections and refusals.
@Suite struct AccessTests {
    @Test func theTokenGoesToTheHubAndNowhereElse() async throws {
        try await withHub(FakeHub()) { hub in
            let token = try HubToken(" hf_verySecret\n")
            _ = try await hub.pull { $0.token = token }
            #expect(hub.hub.requests.allSatisfy { $0.headers["Authorization"] == ["Bearer hf_verySecret"] })
            #expect(!hub.contents.requests.isEmpty)
            #expect(hub.contents.requests.allSatisfy { !$0.headers.contains(name: "Authorization") })
            #expect(!String(reflecting: token).contains("Secret"))
            var dumped = ""
            dump(token, to: &dumped)
            #expect(!dumped.contains("Secret"))
        }
    }

    @Test func followsMovedModelsOnTheHubItself() async throws {
        let hub = try await FakeHub(hubFault: { request in
            guard request.path.contains("/old/") else { return nil }
            let moved = request.uri.replacing("/old/name", with: "/org/tiny")
            return .init(status: 307, headers: ["Location": moved])
        })
        try await withHub(hub) { hub in
            let token = try HubToken("hf_x")
            let snapshot = try await hub.pull("old/name") { $0.token = token }
            #expect(snapshot.path.contains("models--old--name"))
            #expect(hub.hub.requests.allSatisfy { $0.headers.contains(name: "Authorization") })
        }
    }

    @Test func givesUpOnEndlessRedirections() async throws {
        let hub = try await FakeHub(hubFault: { .init(status: 302, headers: ["Location": $0.uri]) })
        try await withHub(hub) { hub in
            let error = try await hubError { _ = try await hub.pull() }
            #expect(error?.code == .network)
            #expect(hub.hub.requests.count == 6)
        }
    }

    @Test func refusesOtherSchemesAndLessEncryption() throws {
        let secure = try HubEndpoint("https://hub.example/prefix/")
        let open = try HubEndpoint("http://hub.example")
        #expect(secure.text == "https://hub.example/prefix")
        let from = secure.url
        #expect(
            try secure.redirection(from: from, to: "https://cdn.example/x?y=%2F").absoluteString
                == "https://cdn.example/x?y=%2F")
        #expect(try secure.redirection(from: from, to: "/other").absoluteString == "https://hub.example/other")
        #expect(try secure.redirection(from: from, to: "//cdn.example/x").absoluteString == "https://cdn.example/x")
        for location in [
            "http://cdn.example/x", "HTTP://hub.example/", "ftp://cdn.example/x", "file:///etc/passwd", "data:,x",
        ] {
            #expect(throws: HubError.self, "\(location)") { try secure.redirection(from: from, to: location) }
        }
        #expect(try open.redirection(from: open.url, to: "http://cdn.example/x").host == "cdn.example")
        for address in [
            "", "hub.example", "ftp://hub.example", "https://", "https://u:p@hub.example", "https://h/?q", "file:///x",
        ] {
            #expect(throws: HubError.self, "\(address)") { try HubEndpoint(address) }
        }
    }

    @Test(arguments: [
        (401, nil, HubError.Code.unauthorized, "HF_TOKEN"),
        (401, "GatedRepo", .unauthorized, "ask for access"),
        (403, "GatedRepo", .unauthorized, "ask for access"),
        (404, "RepoNotFound", .notFound, "org/tiny"),
        (404, "RevisionNotFound", .notFound, "branch, tag or commit \"main\""),
        (418, nil, .network, "418"),
    ])
    func refusalsAreTyped(_ status: Int, _ header: String?, _ code: HubError.Code, _ text: String) async throws {
        let hub = try await FakeHub(hubFault: { _ in
            .init(status: status, headers: header.map { ["X-Error-Code": $0, "X-Error-Message": "no\u{202E}"] } ?? [:])
        })
        try await withHub(hub) { hub in
            let error = try await hubError { _ = try await hub.pull() }
            #expect(error?.code == code)
            #expect(error?.description.contains(text) == true, "\(error?.description ?? "")")
            #expect(error?.description.unicodeScalars.contains("\u{202E}") == false)
            #expect(hub.hub.requests.count == 1)
            #expect(hub.names().isEmpty)
        }
    }

    @Test func aRefusedTokenIsNotShown() async throws {
        let hub = try await FakeHub(hubFault: { _ in .init(status: 401) })
        try await withHub(hub) { hub in
            let token = try HubToken("hf_verySecret")
            let error = try await hubError { _ = try await hub.pull { $0.token = token } }
            #expect(error?.code == .unauthorized)
            #expect(error?.description.contains("does not accept the token") == true)
            #expect(error?.description.contains("Secret") == false)
        }
    }

    @Test func offlineMeansNoRequest() async throws {
        try await withHub(FakeHub()) { hub in
            let error = try await hubError { _ = try await hub.pull { $0.isOffline = true } }
            #expect(error?.code == .offline)
            #expect(hub.hub.requests.isEmpty)
        }
    }

    @Test func unreachableHub() async throws {
        let hub = try await FakeHub()
        try await hub.close()
        let error = try await hubError { _ = try await hub.pull() }
        #expect(error?.code == .network)
        #expect(
            error?.description.contains("refuses the connection, 5 times in a row") == true,
            "\(error?.description ?? "")")
    }

    @Test func goesThroughAProxyUnlessBypassed() async throws {
        // This proxy makes no connections; it only shows what it is asked for.
        let proxy = try await FakeServer { _ in .init(status: 405) }
        try await withHub(FakeHub()) { hub in
            var variables = ["HTTP_PROXY": proxy.address, "HF_ENDPOINT": hub.hub.address, "HOME": hub.cache]
            let proxied = try HubConfiguration.environment(variables)
            let error = try await hubError { _ = try await hub.pull { $0.proxy = proxied.proxy } }
            #expect(error?.code == .network)
            #expect(proxy.requests.map(\.method) == Array(repeating: .CONNECT, count: 5))
            #expect(proxy.requests.first?.uri == String(hub.hub.address.dropFirst("http://".count)))
            #expect(hub.hub.requests.isEmpty)
            variables["NO_PROXY"] = "example.com, 127.0.0.1"
            let direct = try HubConfiguration.environment(variables)
            _ = try await hub.pull { $0.proxy = direct.proxy }
            #expect(proxy.requests.count == 5)
        }
        try await proxy.stop()
    }
}
