import SecureBERTCheckpoint
import SecureBERTTraining
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

@Suite struct RunFolderTests {
    /// Whoever has the folder keeps it for himself, with what he has half done there.
    @Test func aFolderHasOneRunAtATime() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("run")
        do {
            let first = try RunFolder(path: path)
            try folder.write("run/best.partial/config.json", "{}")
            let error = try #require(throws: CheckpointError.self) { try RunFolder(path: path) }
            #expect(
                error.description
                    == """
                    \(path): is the folder of a run that goes on (process \(getpid())); wait until that has ended, stop it, \
                    or give another folder
                    """)
            #expect(folder.names(in: "run/best.partial") == ["config.json"])
            withExtendedLifetime(first) {}
        }
        withExtendedLifetime(try RunFolder(path: path)) {
            #expect(folder.names(in: "run") == [".lock"])
        }
    }
}
