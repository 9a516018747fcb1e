import Logging
import SecureBERT
import SecureBERTCheckpoint
import SecureBERTJSON
import SecureBERTServer
import TestSupport
import Testing

@Suite("Files in the program")
struct StaticFilesTests {
    @Test("Every file of the console is served, and nothing that is not there")
    func console() throws {
        let names = try FileSystem.names(inFolder: Fixtures.path + "/../Sources/SecureBERTServer/Console/Page")
        #expect(!names.isEmpty)
        let served = Set(StaticFiles.all.map(\.path))
        for name in names where name != "index.html" { #expect(served.contains("/" + name), "\(name)") }
        #expect(served.subtracting(names.map { "/" + $0 }) == ["/", "/openapi.json"])
    }

    @Test("The description is JSON and has every route")
    func description() throws {
        let file = try #require(StaticFiles.all.first { $0.path == "/openapi.json" })
        let document = try JSON.parse(file.content)
        #expect(document["openapi"]?.stringValue?.hasPrefix("3.1") == true)
        let paths = Set(document["paths"]?.objectValue?.members.map(\.key) ?? [])
        let model = try PretrainedModel(path: Fixtures.model("bert-mlm"))
        let server = try Server(ServerSettings(), .init(models: [("tiny", model)]), logger: Logger(label: "test"))
        let routes = server.paths.map { $0.hasSuffix("**") ? $0.dropLast(2) + "{id}" : $0 }
        #expect(Set(routes).subtracting(StaticFiles.all.map(\.path)) == paths)
    }
}
