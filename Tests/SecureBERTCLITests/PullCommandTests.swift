import Foundation
import HubTestSupport
import SecureBERTJSON
import TestSupport
import Testing

/// `securebert pull` as a process, against a hub on this computer.
@Suite struct PullCommandTests {
    let runner: CommandLineRunner
    /// A real tiny model, whose weights the hub keeps on its content server.
    let files: [FakeHub.File]

    init() throws {
        runner = try CommandLineRunner()
        let names = ["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"]
        files = try names.map { name in
            let url = URL(fileURLWithPath: Fixtures.model("bert-mlm")).appendingPathComponent(name)
            return FakeHub.File(
                path: name, content: Array(try Data(contentsOf: url)), isLarge: name == "model.safetensors")
        }
    }

    private var weights: FakeHub.File { files[1] }
    private var model: String { runner.folder + "/hf/hub/models--org--tiny" }
    private var weightsBlob: String { "\(model)/blobs/\(weights.digest)" }

    private func run(
        _ script: String, _ hub: FakeHub, _ environment: [String: String] = [:]
    ) throws -> CommandLineRunner.Result {
        let own = ["HF_HOME": runner.folder + "/hf", "HF_ENDPOINT": hub.hub.address]
        return try runner.shell(script, environment: own.merging(environment) { $1 })
    }

    /// The files of the model's folder in the cache that are not folders.
    private var kept: Set<String> {
        let paths = FileManager.default.enumerator(atPath: model)?.compactMap { $0 as? String } ?? []
        return Set(
            paths.filter { path in
                let attributes = try? FileManager.default.attributesOfItem(atPath: "\(model)/\(path)")
                return attributes?[.type] as? FileAttributeType != .typeDirectory
            })
    }

    @Test func theModelIsThereUnderItsNameAfterwards() async throws {
        try await withHub(FakeHub(files: files)) { hub in
            let pulled = try run("securebert pull org/tiny", hub)
            #expect(pulled.status == 0, "\(pulled.errors)")
            #expect(pulled.output == "\(model)/snapshots/\(FakeHub.commit)\n")
            #expect(pulled.errors.contains("org/tiny: 4 files, "))
            #expect(!pulled.errors.contains("\u{1B}"))
            for file in files {
                #expect(
                    try Data(contentsOf: URL(fileURLWithPath: pulled.output.dropLast() + "/" + file.path))
                        == Data(file.content))
            }
            // The weights came from the content server that the hub redirected to.
            #expect(hub.contents.requests.count == 1)

            let found = try run("securebert inspect --model org/tiny --json", hub)
            #expect(found.status == 0, "\(found.errors)")
            #expect(try JSON.parse(found.output)["parameters"]?.integerValue == 31_324)
            let offline = try run(
                "echo 'the loader' | securebert tokenize --model org/tiny --jsonl", hub, ["HF_HUB_OFFLINE": "1"])
            #expect(offline.status == 0, "\(offline.errors)")

            let requests = hub.contents.requests.count
            let again = try run("securebert pull org/tiny", hub)
            #expect(again.status == 0)
            #expect(again.output == pulled.output)
            #expect(again.errors.contains("was already here"))
            #expect(hub.contents.requests.count == requests)
        }
    }

    @Test func jsonListsFilesAndDigests() async throws {
        try await withHub(FakeHub(files: files)) { hub in
            let pulled = try run(
                "securebert pull org/tiny@\(FakeHub.commit) --include 'config.json' --json --quiet", hub)
            #expect(pulled.status == 0)
            #expect(pulled.errors == "")
            let json = try JSON.parse(pulled.output)
            #expect(json["commit"]?.stringValue == FakeHub.commit)
            #expect(json["path"]?.stringValue == "\(model)/snapshots/\(FakeHub.commit)")
            let listed = try #require(json["files"]?.arrayValue)
            #expect(listed.map { $0["path"]?.stringValue } == ["config.json"])
            #expect(listed.map { $0["digest"]?.stringValue } == [files[0].digest])
            #expect(listed.map { $0["bytes"]?.integerValue } == [files[0].content.count])
            #expect(listed.map { $0["cached"]?.boolValue } == [false])
            #expect(!kept.contains { $0.hasPrefix("refs") })
        }
    }

    @Test func aConnectionThatIsCutIsContinued() async throws {
        let weights = weights
        let count = Counter()
        let hub = try await FakeHub(
            files: files,
            contentFault: { request in
                guard count.next() == 1 else { return nil }
                return .init(
                    headers: ["ETag": "\"multipart-\(weights.sha256.prefix(8))\""], body: weights.content,
                    ending: .cut(after: 20_000))
            })
        try await withHub(hub) { hub in
            let pulled = try run("securebert pull org/tiny", hub)
            #expect(pulled.status == 0, "\(pulled.errors)")
            #expect(hub.contents.requests.map(\.rangeStart).first == .some(nil))
            let start = try #require(hub.contents.requests.last?.rangeStart)
            #expect((1...20_000).contains(start))
            #expect(try Data(contentsOf: URL(fileURLWithPath: weightsBlob)) == Data(weights.content))
        }
    }

    /// Stopped by a signal, a pull leaves the part that arrived and nothing else; the next one starts there.
    @Test func aPullThatIsStoppedIsContinued() async throws {
        let weights = weights
        let count = Counter()
        let hub = try await FakeHub(
            files: files,
            contentFault: { _ in
                count.next() == 1
                    ? .init(
                        body: weights.content, ending: .silence(after: 10_000), announcedLength: weights.content.count)
                    : nil
            })
        try await withHub(hub) { hub in
            let stopped = try run(
                """
                "$SECUREBERT" pull org/tiny & process=$!
                for i in $(seq 600); do [ "$(stat -c %s "$PART" 2> /dev/null)" = 10000 ] && break; sleep 0.05; done
                kill -TERM $process
                wait $process
                """, hub, ["PART": weightsBlob + ".incomplete"])
            #expect(stopped.status == 128 + 15, "\(stopped.errors)")
            #expect(stopped.output == "")
            #expect(!kept.contains { $0.hasPrefix("snapshots") || $0.hasPrefix("refs") || $0.hasSuffix(".tmp") })
            let pulled = try run("securebert pull org/tiny", hub)
            #expect(pulled.status == 0, "\(pulled.errors)")
            #expect(hub.contents.requests.map(\.rangeStart) == [nil, 10_000])
            #expect(try Data(contentsOf: URL(fileURLWithPath: weightsBlob)) == Data(weights.content))
        }
    }

    @Test func aRefusalSaysWhatToTry() async throws {
        let hub = try await FakeHub(
            files: files,
            hubFault: { request in
                request.headers.first(name: "Authorization") == "Bearer hf_right" ? nil : .init(status: 401)
            })
        try await withHub(hub) { hub in
            let nobody = try run("securebert pull org/tiny", hub)
            #expect(nobody.status == 4)
            #expect(nobody.errors.contains("HF_TOKEN"), "\(nobody.errors)")
            let wrong = try run("securebert pull org/tiny", hub, ["HF_TOKEN": "hf_wrong"])
            #expect(wrong.status == 4)
            #expect(wrong.errors.contains("does not accept the token"), "\(wrong.errors)")
            #expect(!wrong.errors.contains("hf_wrong"))
            #expect(kept.isEmpty)
            let right = try run("securebert pull org/tiny", hub, ["HF_TOKEN": "hf_right"])
            #expect(right.status == 0, "\(right.errors)")
            #expect(hub.contents.requests.allSatisfy { !$0.headers.contains(name: "Authorization") })
        }
    }

    @Test func whatDoesNotExistIsNotFound() async throws {
        try await withHub(FakeHub(files: files)) { hub in
            let model = try run("securebert pull org/other", hub)
            #expect(model.status == 4)
            #expect(model.errors.contains("org/other"), "\(model.errors)")
            let revision = try run("securebert pull org/tiny@v9", hub)
            #expect(revision.status == 4)
            #expect(revision.errors.contains("v9"), "\(revision.errors)")
            let file = try run("securebert pull org/tiny --include '*.onnx'", hub)
            #expect(file.status == 4)
            #expect(file.errors.contains("none of which matches *.onnx"), "\(file.errors)")
            #expect(kept.isEmpty)
        }
    }

    @Test func damagedContentLeavesNothing() async throws {
        let zeros = [UInt8](repeating: 0, count: weights.content.count)
        try await withHub(FakeHub(files: files, contentFault: { _ in .init(body: zeros) })) { hub in
            let pulled = try run("securebert pull org/tiny", hub)
            #expect(pulled.status == 3)
            #expect(pulled.output == "")
            #expect(pulled.errors.contains("model.safetensors"), "\(pulled.errors)")
            #expect(!kept.contains { $0.contains(weights.digest) || $0.hasPrefix("snapshots") || $0.hasPrefix("refs") })
        }
    }

    @Test func theEnvironmentIsRespected() async throws {
        try await withHub(FakeHub(files: files)) { hub in
            let offline = try run("securebert pull org/tiny", hub, ["HF_HUB_OFFLINE": "1"])
            #expect(offline.status == 4)
            #expect(offline.errors.contains("HF_HUB_OFFLINE"), "\(offline.errors)")
            #expect(hub.hub.requests.isEmpty)
            let address = try run("securebert pull org/tiny", hub, ["HF_ENDPOINT": "ftp://127.0.0.1"])
            #expect(address.status == 2)
            #expect(address.errors.contains("HF_ENDPOINT"), "\(address.errors)")
            let elsewhere = try run(
                #"securebert pull org/tiny && test -e "$DIR/cache/models--org--tiny/refs/main""#, hub,
                ["HF_HUB_CACHE": runner.folder + "/cache"])
            #expect(elsewhere.status == 0, "\(elsewhere.errors)")
            #expect(kept.isEmpty)
        }
    }

    /// A program that traces system calls, where this process may use it.
    private static let tracer: String? = {
        let runner = try? CommandLineRunner()
        let result = try? runner?.shell("strace -f -o /dev/null true && echo strace")
        return result?.status == 0 ? result?.output.split(separator: "\n").first.map(String.init) : nil
    }()

    /// A model's name sends nobody to the network but `pull`.
    @Test(
        .enabled(if: tracer != nil, "strace is missing or not allowed here"),
        arguments: [
            "inspect --model org/tiny", "inspect --model org/unknown", "tokenize --model org/tiny text.txt",
            "fill-mask --model org/tiny 'the [MASK]'", "embed --model org/tiny text.txt",
            "bench --model org/tiny --seconds 0.1",
            "encode --model org/tiny --input text.txt --output o.safetensors", "--help", "nonsense",
        ])
    func onlyPullOpensSockets(arguments: String) async throws {
        try await withHub(FakeHub(files: files)) { hub in
            #expect(try run("securebert pull org/tiny --quiet", hub).status == 0)
            let requests = hub.hub.requests.count
            let result = try run(
                """
                cd "$DIR"; echo 'the loader' > text.txt
                strace -f -qq -e trace=socket,connect,sendto -o calls.txt "$SECUREBERT" \(arguments) > /dev/null 2> errors.txt
                cat calls.txt
                """, hub)
            #expect(!result.output.contains("AF_INET"), "\(result.output)")
            #expect(hub.hub.requests.count == requests)
            let pulling = try run(
                #"cd "$DIR"; strace -f -qq -e trace=socket -o calls.txt "$SECUREBERT" pull org/tiny > /dev/null; cat calls.txt"#,
                hub)
            #expect(pulling.output.contains("AF_INET"), "strace sees nothing")
        }
    }
}
