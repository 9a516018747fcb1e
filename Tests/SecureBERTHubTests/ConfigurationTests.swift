import Foundation
import HubTestSupport
import SecureBERTHub
import Testing

@Suite struct ConfigurationTests {
    @Test func cacheFolders() throws {
        func cache(_ variables: [String: String]) throws -> String {
            try HubConfiguration.environment(variables).cacheFolder
        }
        #expect(try cache(["HOME": "/h"]) == "/h/.cache/huggingface/hub")
        #expect(try cache(["HOME": "/h", "XDG_CACHE_HOME": "/x"]) == "/x/huggingface/hub")
        #expect(try cache(["HOME": "/h", "HF_HOME": "~/hf"]) == "/h/hf/hub")
        #expect(try cache(["HOME": "/h", "HUGGINGFACE_HUB_CACHE": "/old"]) == "/old")
        #expect(try cache(["HOME": "/h", "HUGGINGFACE_HUB_CACHE": "/old", "HF_HUB_CACHE": "~/new"]) == "/h/new")
        #expect(try cache(["HF_HOME": "/hf", "HF_HUB_CACHE": ""]) == "/hf/hub")
        #expect(throws: HubError.self) { try cache([:]) }
    }

    @Test func offlineSwitches() throws {
        for value in ["1", "true", "YES", "On"] {
            #expect(try HubConfiguration.environment(["HOME": "/h", "HF_HUB_OFFLINE": value]).isOffline)
            #expect(try HubConfiguration.environment(["HOME": "/h", "TRANSFORMERS_OFFLINE": value]).isOffline)
        }
        #expect(try !HubConfiguration.environment(["HOME": "/h", "HF_HUB_OFFLINE": "0"]).isOffline)
    }

    @Test func tokens() async throws {
        let home = NSTemporaryDirectory() + "securebert-token-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: home) }
        #expect(try HubConfiguration.environment(["HF_HOME": home]).token == nil)
        try Data("hf_file\n".utf8).write(to: URL(fileURLWithPath: home + "/token"))
        try Data("hf_other".utf8).write(to: URL(fileURLWithPath: home + "/other"))
        let cases: [([String: String], String?)] = [
            ([:], "Bearer hf_file"), (["HF_TOKEN": "hf_env"], "Bearer hf_env"),
            (["HUGGING_FACE_HUB_TOKEN": "hf_old"], "Bearer hf_old"),
            (["HF_TOKEN_PATH": home + "/other"], "Bearer hf_other"),
            (["HF_HUB_DISABLE_IMPLICIT_TOKEN": "1"], nil),
        ]
        for (variables, expected) in cases {
            try await withHub(FakeHub()) { hub in
                var configuration = try HubConfiguration.environment(variables.merging(["HF_HOME": home]) { $1 })
                configuration.endpoint = hub.hub.address
                configuration.cacheFolder = hub.cache
                _ = try await HubClient(configuration: configuration).pull(HubReference("org/tiny"))
                #expect(hub.hub.requests.first?.headers.first(name: "Authorization") == expected)
            }
        }
        #expect(throws: HubError.self) { try HubConfiguration.environment(["HF_HOME": home, "HF_TOKEN": "a\r\nX: y"]) }
    }

    @Test func references() throws {
        let plain = try HubReference("cisco-ai/SecureBERT2.0-base")
        #expect(plain.repository == "cisco-ai/SecureBERT2.0-base" && plain.revision == "main" && !plain.isPinned)
        #expect(try HubReference("bert-base@refs/pr/3").revision == "refs/pr/3")
        #expect(try HubReference("a/b@\(FakeHub.commit)").isPinned)
        for text in [
            "", "/", "a/", "/a", "a/b/c", "../b", "a/..", "a/b@", "a/b@../x", "a/b@/x", "a/b@x..y", "a/b@-x", "a/b@x y",
            "a/b@x./y", "a/b@x#y", "a/b@x@{1}",
            "a/b@x/.y", "a--b/c", "a/b.git", "-a/b", "a/b.", "a/b c", "a/ü", "https://huggingface.co/a/b", "a/b\u{0}",
            String(repeating: "a", count: 97),
        ] {
            #expect(throws: HubError.self, "\(text)") { try HubReference(text) }
        }
    }

    @Test func proxies() throws {
        func proxy(_ variables: [String: String]) throws -> HubProxy? {
            try HubConfiguration.environment(variables.merging(["HOME": "/h"]) { $1 }).proxy
        }
        #expect(try proxy([:]) == nil)
        #expect(try proxy(["HTTP_PROXY": "http://p:1"]) == nil)
        let full = try #require(
            try proxy(["https_proxy": "http://u:secret@p:3128", "NO_PROXY": "corp.example,.internal, 10.0.0.1"]))
        #expect(full.host == "p" && full.port == 3128 && !String(reflecting: full).contains("secret"))
        #expect(
            !full.applies(toHost: "hub.corp.example") && !full.applies(toHost: "x.INTERNAL")
                && !full.applies(toHost: "10.0.0.1"))
        #expect(full.applies(toHost: "notcorp.example") && full.applies(toHost: "huggingface.co"))
        #expect(try proxy(["ALL_PROXY": "p"])?.port == 80)
        for address in ["socks5://p:1", "https://p:1", "http://"] {
            #expect(throws: HubError.self) { try proxy(["HTTPS_PROXY": address]) }
        }
    }

    @Test func missingCertificatesAreAnError() async throws {
        try await withHub(FakeHub()) { hub in
            let error = try await hubError { _ = try await hub.pull { $0.certificateFile = "/does/not/exist.pem" } }
            #expect(error?.code == .usage)
        }
    }
}
